import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { readErrorBody, readFailure } from '../../../src/adapters/azure/http/error-body.ts'
import { cloudErrorFrom, cloudErrorOf } from '../../../src/adapters/azure/http/errors.ts'
import { verdictOn } from '../../../src/adapters/azure/http/taxonomy.ts'
import { SECRET_KINDS, secretsOf } from '../../support/secrets.ts'

const TSG = 'Please see troubleshooting guide, available here: https://aka.ms/oe-tsg#error-x'

/** Family 1 of ERRORS 0.1: a problem document as text inside a detail. */
function refused(field: string, sentence: string, wrapper = 'InferencingClientCallFailed'): string {
  const problem = JSON.stringify({
    errors: { [field]: [sentence] },
    title: 'One or more validation errors occurred.',
  })
  const isOld = wrapper === 'InferencingClientCreateDeploymentFailed'
  const message = isOld ? `InferencingClient HttpRequest error, error detail: ${problem}` : problem
  return arm('BadRequest', 'The request is invalid.', [{ code: wrapper, message }])
}

function arm(code: string, message: string, details: unknown[] = [], inner?: unknown): string {
  const additionalInfo = [
    { type: 'ComponentName', info: { value: 'managementfrontend' } },
    ...(inner === undefined ? [] : [{ type: 'InnerError', info: { value: inner } }]),
  ]
  return JSON.stringify({ error: { code, message, details, additionalInfo } })
}

const inner = (...codes: string[]): unknown =>
  codes.reduceRight<unknown>((innerError, code) => ({ code, innerError }), null)

describe('an HTTP answer', () => {
  test.each<[string, number, string, string, string, string]>([
    // ERRORS 1
    [
      'endpoint name taken',
      400,
      arm('UserError', 'An endpoint with this name already exists. If you'),
      'NameTaken',
      'user',
      'Later',
    ],
    [
      'endpoint name taken, 2022',
      400,
      arm(
        'UserError',
        'There is already an endpoint with this name, Endpoint name needs to be unique within a region',
      ),
      'NameTaken',
      'user',
      'Later',
    ],
    [
      'data version exists',
      409,
      arm('UserError', 'A data version with this name and version already exists.'),
      'VersionInUse',
      'user',
      'Never',
    ],
    [
      'endpoint whose creation failed',
      400,
      refused(
        '',
        'Specified endpoint [e] has not been created successfully. Please recreate the endpoint.',
      ),
      'EndpointFailed',
      'user',
      'Never',
    ],
    // ERRORS 2
    [
      'quota, 2023',
      400,
      refused(
        'VmSize',
        `Not enough quota available for Standard_F4s_v2 in SubscriptionId x. Current usage/limit: 0/6. Additional needed: 8 ${TSG}`,
        'InferencingClientCreateDeploymentFailed',
      ),
      'OutOfQuota',
      'quota',
      'Later',
    ],
    [
      'unrecoverable deployment',
      400,
      refused(
        '',
        'Specified deployment [d] failed during initial provisioning and is in an unrecoverable state. Delete and re-create.',
      ),
      'Unrecoverable',
      'user',
      'Never',
    ],
    [
      'endpoint failed or deleting',
      400,
      refused(
        '',
        'This endpoint has not been created successfully or is in deleting provisioning state. Please recreate',
      ),
      'EndpointFailed',
      'user',
      'Never',
    ],
    [
      'egress in a managed network',
      400,
      refused(
        'EgressPublicNetworkAccess',
        'The EgressPublicNetworkAccess under online deployment is no longer supported when your workspace',
      ),
      'EgressNotSupported',
      'user',
      'Never',
    ],
    [
      'any other validation',
      400,
      refused('Traffic', 'Traffic values need to sum to 100'),
      'Invalid',
      'user',
      'Never',
    ],
    // ERRORS 4
    [
      'operation running',
      409,
      arm('Conflict', 'Conflict', [
        {
          code: 'OperationDuplicationConflict',
          message:
            'Conflict of operation, another operation on same entity is already running in workspace ws.',
        },
      ]),
      'Conflict',
      'conflict',
      'Later',
    ],
    [
      'operation running, other text',
      409,
      arm('UserError', 'Already running method Create'),
      'Conflict',
      'conflict',
      'Later',
    ],
    [
      'registry upload',
      409,
      arm(
        'UserError',
        'Asset azureml://x already exists, cannot create new temporary data references for it',
        [],
        inner('Conflict', 'TemporaryDataReferencesForExistingAsset'),
      ),
      'TemporaryDataReferencesForExistingAsset',
      'conflict',
      'Later',
    ],
    [
      'model version in use',
      409,
      arm('UserError', 'Conflict', [
        {
          code: 'ModelVersionInUse',
          message: 'Model m:1 already exists. Please use a different name or version.',
        },
      ]),
      'VersionInUse',
      'user',
      'Never',
    ],
    ['unknown 409', 409, 'nothing that can be read', 'Conflict', 'conflict', 'Later'],
    [
      'endpoint still updating',
      400,
      arm(
        'BadRequest',
        'Cannot create a deployment in endpoint X because it is in Updating provisioning state',
      ),
      'Conflict',
      'conflict',
      'Later',
    ],
    [
      'deployment not there yet',
      404,
      arm('UserError', 'Deployment green not found in endpoint fraud'),
      'DeploymentNotFound',
      'conflict',
      'Later',
    ],
    // ERRORS 6, FACTS 2.6
    [
      'throttled',
      429,
      arm(
        'SubscriptionRequestsThrottled',
        "Number of 'read' requests exceeded. Please try again after '10' seconds.",
      ),
      'Throttled',
      'retryable',
      'Later',
    ],
    // FACTS 2.4
    [
      'batch endpoint gone',
      404,
      arm('NotFound', 'The specified resource was not found.', [
        { code: 'NoSuchEndpoint', message: 'There is no endpoint with name: X in WS' },
      ]),
      'NotFound',
      'user',
      'Later',
    ],
    [
      'model container',
      404,
      arm('UserError', '', [
        { code: 'ModelNotFound', message: 'Model container with name: X not found.' },
      ]),
      'NotFound',
      'user',
      'Later',
    ],
    [
      'environment container',
      404,
      arm('UserError', 'No environment exists for name: X', [], inner('NotFoundError')),
      'NotFound',
      'user',
      'Later',
    ],
    ['null body', 404, 'null', 'NotFound', 'user', 'Later'],
    [
      'immutable field',
      400,
      arm(
        'UserError',
        'Failed to update component X since field "code" is immutable',
        [],
        inner('BadArgument', 'ArgumentInvalid', 'UpdateComponentFailed'),
      ),
      'BadArgument',
      'user',
      'Never',
    ],
    [
      'bad conda Python',
      400,
      arm(
        'UserError',
        'Python versions matching the specification 3.7.6',
        [],
        inner('NewRecommendedPythonVersions'),
      ),
      'Invalid',
      'user',
      'Never',
    ],
    [
      'registry not allowed',
      401,
      arm('UserError', 'x', [], inner('Auth', 'Authorization', 'UnAuthorizedRegistryAccess')),
      'Unauthorized',
      'auth',
      'Later',
    ],
    [
      'missing role',
      403,
      arm('AuthorizationFailed', 'The client does not have authorization to perform action'),
      'Forbidden',
      'auth',
      'Later',
    ],
    [
      'internal error',
      500,
      arm('ServiceError', 'InternalServerError'),
      'ServiceError',
      'service',
      'Later',
    ],
    [
      'time-out inside',
      504,
      arm('TransientError', 'Service invocation timed out'),
      'TransientError',
      'retryable',
      'Later',
    ],
    ['a user code in a 500', 500, arm('BadArgument', 'x'), 'Unavailable', 'service', 'Later'],
    ['a proxy in between', 502, '<html>Bad gateway</html>', 'Unavailable', 'service', 'Later'],
    ['not in the sandbox', 501, arm('NotImplemented', 'x'), 'NotImplemented', 'bug', 'Never'],
    ['precondition', 412, '', 'Conflict', 'conflict', 'Later'],
    ['redirect', 307, '', 'Redirected', 'service', 'Later'],
    [
      'a conflict that carries a user’s code',
      409,
      arm('UserError', 'm', [], inner('BadArgument')),
      'Conflict',
      'conflict',
      'Later',
    ],
    ['teapot', 418, '', 'Invalid', 'user', 'Never'],
    // ERRORS 8, asset service: flat and nested at once
    [
      'asset missing',
      404,
      '{"error":{"code":"UserError","message":"m","innerError":{"code":"NotFoundError","innerError":null}},"code":"NotFound","statusCode":404,"message":"m","details":[]}',
      'NotFound',
      'user',
      'Later',
    ],
  ])('%s', (_, status, text, reason, errorClass, retry) => {
    const error = cloudErrorOf({ status, headers: {}, text }, 'PUT x', 0)
    expect({ reason: error.reason, errorClass: error.errorClass, retry: error.retry }).toEqual({
      reason,
      errorClass,
      retry,
    })
  })

  test('Retry-After of the answer wins over the wait of the table', () => {
    const answer = { status: 429, headers: { 'retry-after': '17' }, text: '' }
    expect(cloudErrorOf(answer, 'GET x', 0).retryAfterMs).toBe(17_000)
  })

  test.each(recordedErrors())('recorded: %i %s', (status, codes, text) => {
    const error = cloudErrorOf({ status, headers: {}, text }, 'x', 0)
    expect(error.retry).toBe(status === 400 ? 'Never' : 'Later')
    for (const code of codes.split(' > ')) expect(error.message).toContain(code)
  })
})

function recordedErrors(): [number, string, string][] {
  const root = 'test/fixtures/azure-ml/recordings'
  const files = [
    'curl-registry-2026/model-default-deployment-template.json',
    'errors-from-older-versions.json',
  ]
  return files
    .flatMap((file) => JSON.parse(readFileSync(`${root}/${file}`, 'utf8')).Entries)
    .filter(({ StatusCode }) => StatusCode >= 400)
    .map(({ StatusCode, ResponseBody }) => {
      const text = JSON.stringify(ResponseBody)
      return [StatusCode, readErrorBody(text).codes.join(' > '), text]
    })
}

describe('a failed operation', () => {
  const user = ['user', 'Never'] as const
  const auth = ['auth', 'Later'] as const
  const service = ['service', 'Later'] as const
  const retryable = ['retryable', 'Later'] as const
  test.each<[string, readonly [string, string]]>([
    ['ImageBuildFailure', user],
    ['OutOfQuota', ['quota', 'Later']],
    ['BadArgument', user],
    ['ResourceNotReady', user],
    ['ResourceNotFound', user],
    ['WorkspaceManagedNetworkNotReady', service],
    ['OperationCanceled', retryable],
    ['SecretsInjectionError', auth],
    ['InternalServerError', service],
    ['ModelRegistryError', user],
    ['SubscriptionNotRegistered', auth],
    ['ACRSecretError', auth],
    ['TokenRefreshFailed', auth],
    ['GetAADTokenFailed', auth],
    ['ACRAuthenticationChallengeFailed', retryable],
    ['ACRTokenExchangeFailed', retryable],
    ['KubernetesUnaccessible', service],
    ['ImagePullLoopBackOff', user],
    ['DeploymentCrashLoopBackOff', user],
    ['KubernetesCrashLoopBackOff', user],
    ['NamespaceNotFound', user],
    ['UserScriptInitFailed', user],
    ['UserScriptImportError', user],
    ['UserScriptFunctionNotFound', user],
    ['EndpointNotFound', ['conflict', 'Later']],
    ['EndpointAlreadyExists', ['user', 'Later']],
    ['ScoringFeUnhealthy', service],
    ['ValidateScoringFailed', user],
    ['InvalidDeploymentSpec', user],
    ['PodUnschedulable', ['capacity', 'Later']],
    ['PodOutOfMemory', user],
    ['InferencingClientCallFailed', user],
    ['AWordOfTomorrow', service],
  ])('%s', (code, expected) => {
    const { errorClass, retry } = verdictOn(undefined, { codes: [code], message: '' })
    expect([errorClass, retry]).toEqual(expected)
  })

  test.each([
    [
      'OutOfQuota',
      `Container terminated due to insufficient memory. ${TSG}`,
      'OutOfMemory',
      'user',
    ],
    [
      'OutOfQuota',
      `Not enough subscription CPU quota. The amount of CPU quota requested is 32 and your maximum amount of quota is [N/A]. ${TSG}`,
      'OutOfQuota',
      'quota',
    ],
    ['BadArgument', 'Startup task failed due to authorization error.', 'Forbidden', 'auth'],
    [
      'ResourceNotFound',
      'ws.e.d: BlobContainerNotFound for containerName x',
      'ResourceNotFound',
      'user',
    ],
  ])('%s: %s', (code, message, reason, errorClass) => {
    expect(verdictOn(undefined, { codes: [code], message })).toMatchObject({ reason, errorClass })
  })

  test.each([
    [
      '2023: no code, the code at the head',
      { code: null, message: 'ResourceNotReady: User container has crashed' },
      'ResourceNotReady',
    ],
    [
      '2023, as a client printed it',
      { code: 'None', message: '(None) ResourceNotReady: User container has crashed' },
      'ResourceNotReady',
    ],
    [
      'today',
      { code: 'ModelRegistryError', message: 'Could not find asset' },
      'ModelRegistryError',
    ],
    [
      'no code at all',
      { code: null, message: 'The Managed Inference service creation is taking longer' },
      '',
    ],
  ])('both generations of the document: %s', (_, error, code) => {
    expect(readFailure(error)).toMatchObject({ code })
  })

  test.each([undefined, null, 'text', {}, { code: 5 }, { code: '<script>', message: '' }])(
    'a document without a reason (%p) has none',
    (error) => {
      expect(readFailure(error)).toBeUndefined()
    },
  )
})

describe('what is shown of an error', () => {
  test('names the field and the sentence of a wrapped validation, not the wrapping', () => {
    const { message } = cloudErrorOf(
      { status: 400, headers: {}, text: refused('VmSize', 'Not enough quota available') },
      'create x',
      0,
    )
    expect(message).toContain('VmSize: Not enough quota available')
    expect(message).not.toContain('rfc7231')
  })

  test('a secret in the error of a failing deployment is not shown (attack 46)', () => {
    const key = `${'Ab1+'.repeat(21)}Ab==`
    const secrets = [
      `DefaultEndpointsProtocol=https;AccountName=a;AccountKey=${key};EndpointSuffix=x`,
      'Server=tcp:x;Password=hunter2-hunter2;',
      'https://x.blob.core.windows.net/c?sv=2022&sig=abcDEF123456%2Babc',
      'Authorization: Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmN',
    ]
    for (const secret of secrets) {
      const text = arm('UserError', `Container failed: ${secret}`)
      const { message } = cloudErrorOf({ status: 400, headers: {}, text }, 'x', 0)
      for (const taint of [key, 'hunter2', 'abcDEF123456', 'dozjgNryP4J3jVmN']) {
        expect(message).not.toContain(taint)
      }
    }
  })

  test.each(secretsOf(SECRET_KINDS.length * 3, 46))('no secret of the kind %#', (one) => {
    for (const sentence of [
      one.text,
      `Container failed: ${one.text}.`,
      `{"error":"${one.text}"}`,
    ]) {
      const { message } = cloudErrorOf(
        { status: 400, headers: {}, text: arm('UserError', sentence) },
        'x',
        0,
      )
      expect(message).not.toContain(one.secret)
    }
  })

  test('a huge body with terminal escapes is cut and escaped (attack 48)', () => {
    const text = `<html>\u001b[31m\r\nInjected: line${'x'.repeat(5_000_000)}`
    const { message } = cloudErrorOf({ status: 400, headers: {}, text }, 'x', 0)
    expect(Buffer.byteLength(message)).toBeLessThanOrEqual(4_096)
    expect([...message].every((character) => character >= ' ')).toBe(true)
  })

  test('an error nested without end is read to a limit', () => {
    const depth = 1_000
    const open = '{"code":"Code","details":['.repeat(depth)
    const facts = readErrorBody(`{"error":${open}${']}'.repeat(depth)}}`)
    expect(facts.codes).toEqual(['Code'])
  })

  test('an exception that repeats the body says only that it could not be read', () => {
    const error = Object.assign(new Error('Error "x" occurred - {"password":"p"}'), {
      code: 'PARSE_ERROR',
    })
    const cloudError = cloudErrorFrom(error, 'GET x')
    expect(cloudError.reason).toBe('UnreadableAnswer')
    expect(cloudError.message).not.toContain('password')
  })
})
