import { writeFileSync } from 'node:fs'

const SUBSCRIPTION = '00000000-0000-4000-8000-000000000001'

/** Clients of a sandbox, one of each way in which an Application may be somebody. */
export const WORKLOAD = {
  clientId: '10000000-0000-4000-8000-000000000001',
  objectId: '10000000-0000-4000-8000-00000000000a',
  federated: {
    issuer: 'https://oidc.example/cluster',
    subject: 'system:serviceaccount:verdigris:verdigris',
  },
}

export const MANAGED = managedIdentity('one', '20000000-0000-4000-8000-000000000001')
export const OTHER_MANAGED = managedIdentity('two', '20000000-0000-4000-8000-000000000002')

export const NAMED = {
  clientId: '30000000-0000-4000-8000-000000000001',
  objectId: '30000000-0000-4000-8000-00000000000a',
  clientSecret: 'canary-of-a-client',
}

export const CLIENTS = [WORKLOAD, MANAGED, OTHER_MANAGED, NAMED]

function managedIdentity(name: string, clientId: string) {
  const provider = 'Microsoft.ManagedIdentity/userAssignedIdentities'
  return {
    clientId,
    objectId: clientId.replace(/^2/, '4'),
    resourceId: `/subscriptions/${SUBSCRIPTION}/resourceGroups/ml/providers/${provider}/${name}`,
  }
}

/** The token that a cluster projects into a pod. */
export function writeFederatedToken(
  file: string,
  { issuer, subject } = WORKLOAD.federated,
  audience = 'api://AzureADTokenExchange',
): void {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const claims = { iss: issuer, sub: subject, aud: [audience], exp: 4_102_444_800 }
  writeFileSync(file, `${part({ alg: 'RS256', typ: 'JWT' })}.${part(claims)}.c2lnbmF0dXJl\n`)
}

/** The client that an access token of the sandbox was made for. */
export function clientIn(token: string | undefined): unknown {
  const claims = Buffer.from(token?.split('.')[1] ?? '', 'base64url').toString('utf8')
  return JSON.parse(claims).appid
}
