import * as identity from '@azure/identity'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { cleanText, redact } from '../../../src/core/model/redact/redact.ts'
import { redactAt, redactValue } from '../../../src/core/model/redact/redact-value.ts'
import { costRatio } from '../../support/cost.ts'
import { secretsOf } from '../../support/secrets.ts'

test('pairs that stand glued to each other are hidden, each of them', () => {
  const values = ['qKZ-PFTS9Sx81', 'horse-1-battery', 'wJalr-XUtnFEMI']
  const text = values.map((value) => `aws_secret_access_key = ${value}`).join('')
  for (const value of values) expect(redact(text)).not.toContain(value)
})

test.each([
  'token:  \nAuthorization: token SECRET-qKZ',
  'token: Authorization=token SECRET-qKZ',
  'password: Cookie: a=x; b=SECRET-qKZ',
  'password=Cookie=;b=SECRET-qKZ',
  'token=password="one SECRET-qKZ"',
  'token: password= SECRET-qKZ',
  'secret: "x" token: cookie=a=b,SECRET-qKZ',
  'Authorization: Cookie="a SECRET-qKZ"',
])('the name of a secret that stands where another has its value hides its own: %j', (text) => {
  const shown = redact(text)
  expect(shown).not.toContain('SECRET-qKZ')
  expect(redact(shown)).toBe(shown)
})

describe('what is not secret stays readable', () => {
  test.each([
    'revision 3f2a9c1e0b7d4c5f8a6e1d2c3b4a5f6e7d8c9b0a',
    'sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    '/subscriptions/0b1f6471-1bf0-4dda-aec3-cb9272f09590/resourceGroups/rg-ML-1/providers/Microsoft.MachineLearningServices/workspaces/Ws1/onlineEndpoints/Fraud2/deployments/Blue3',
    'OnlineDeployment/fraud/blue: update failed (quota, retry Later): Not enough quota available.',
    'https://github.com/acme/models.git at main',
    'azureml:AzureML-sklearn-1.0-ubuntu20.04-py38-cpu:35',
    '2026-01-15T12:00:00.000Z',
    'fraud/blue.yml:7:1: error: unknown field instance_cuont; did you mean instance_count?',
    'key: OnlineEndpoint/fraud',
    'the password is wrong',
    '"primaryKey": null',
    'acquire token: ChainedTokenCredential authentication failed.; CredentialUnavailableError: EnvironmentCredential is unavailable.',
    'ManagedIdentityCredential: Network unreachable. Message: connect ECONNREFUSED 169.254.169.254:80',
    'token: ManagedIdentityCredential: Authentication failed. Message no',
    'ClientSecretCredential: clientId is a required parameter.',
    'AzureCliCredential: is unavailable',
  ])('%s', (text) => {
    expect(redact(text)).toBe(text)
  })
})

describe("names of the SDK's classes", () => {
  const classes = Object.keys(identity).filter((name) => /^[A-Z].*Credential$/.test(name))

  test('are told where a secret might stand, each of them', () => {
    expect(classes.length).toBeGreaterThan(10)
    for (const name of classes) {
      const text = `acquire token: ${name} authentication failed; ${name}: Network unreachable`
      expect(redact(text)).toBe(text)
    }
  })

  const values = ['horse-1-battery', 'hunter2', 'Networking', 'correcthorse', 'Network=hunter2']
  test.each(
    ['ManagedIdentityCredential', 'ClientSecretCredential', 'MyCredential'].flatMap((name) =>
      values.flatMap((value) => [
        `${name}: ${value}`,
        `${name}=${value} x`,
        `"${name}": "${value}"`,
      ]),
    ),
  )('hide nothing that stands behind them: %s', (text) => {
    expect(redact(text)).toContain('[redacted]')
    expect(redact(text)).not.toMatch(/horse|hunter2|Networking/)
  })

  test.each([
    'token: MyCredential',
    'token: ChainedTokenCredential-hunter2',
    'token: ChainedTokenCredential: hunter2',
    'token: ChainedTokenCredential:hunter2',
    'password=ChainedTokenCredential=hunter2',
    'token: chainedtokencredential',
    'password: Network',
  ])('are the whole of what is told: %s', (text) => {
    expect(redact(text)).toContain('[redacted]')
    expect(redact(text)).not.toContain('hunter2')
  })

  test('leave every secret of every kind hidden that stands beside them', () => {
    for (const { text, secret } of secretsOf(200, 7))
      for (const name of classes)
        for (const around of [
          `${name}: ${text}`,
          `token: ${name} ${text}`,
          `${text} ${name}: Network`,
        ])
          expect(redact(around)).not.toContain(secret)
  })
})

describe('redaction', () => {
  test('is idempotent and never longer than its bounds', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 400 }), (text) => {
        const once = cleanText(text)
        expect(cleanText(once)).toBe(once)
      }),
    )
  })

  test.each([
    ['a', 5_000_000],
    ['%41', 500_000],
    ['-----BEGIN PRIVATE KEY-----', 100_000],
    ['https://', 200_000],
    ['a=b:', 500_000],
    ['eyJ', 500_000],
    ['Ab1', 400_000],
    ['password=', 200_000],
    ['cookie=', 200_000],
    ['token=cookie=', 100_000],
    ['token="cookie=', 100_000],
  ])('takes linear time over a hostile text of many %j', (part, times) => {
    const text = `${part.repeat(times)}==`
    const tenth = `${part.repeat(times / 10)}==`
    // Ten times as long: a hundred times the cost where it grows by the square.
    const ratio = costRatio(
      () => cleanText(text),
      () => cleanText(tenth),
    )
    expect(ratio).toBeLessThan(40)
    expect(cleanText(text).length).toBeLessThan(2100)
  })

  test('values are walked to a bounded depth and width', () => {
    const deep = Array.from({ length: 40 }).reduce<unknown>((inner) => ({ inner }), 'x')
    expect(JSON.stringify(redactValue(deep))).toContain('[too deep]')
    expect(redactValue(Array.from({ length: 10_000 }, () => 1))).toHaveLength(500)
    expect(redactValue({ n: Number.NaN, f: () => 1, b: 1n })).toMatchObject({ n: 'NaN', b: '1' })
  })

  test.each([
    ['/properties/environmentVariables/API_TOKEN', '[redacted]'],
    ['/properties/environmentVariables/WORKERS', 'x'],
    ['/properties/connectionString', '[redacted]'],
    ['/properties/scaleSettings/maxInstances', 'x'],
    ['/identity/clientSecret', '[redacted]'],
  ])('a value at %s', (pointer, shown) => {
    expect(redactAt(pointer, 'x')).toBe(shown)
  })
})
