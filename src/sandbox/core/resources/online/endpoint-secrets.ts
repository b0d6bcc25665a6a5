import { type Answer, type Call, param, requestBody } from '../../call.ts'
import { conflict, invalid, noSuchEndpoint } from '../../errors.ts'
import { operationFault } from '../../faults.ts'
import { drawHex, guidOf, hexOf } from '../../ids.ts'
import { objectOf, textOf } from '../../json.ts'
import { fold } from '../../names.ts'
import { begin, runningInTree } from '../../operations/operations.ts'
import type { Resource } from '../../state.ts'
import { find, keyOf } from '../../store.ts'
import { acceptedPatch } from '../writes.ts'

const TOKENS_KEPT = 100
/** Recorded: 86340 s to the end, 43170 s to the refresh (FACTS 6). */
const TOKEN_LIFE_S = 86_340
const TOKEN_REFRESH_S = 43_170

const pathOf = (call: Call) => `onlineEndpoints/${param(call, 'endpoint')}`

/** Nulls for an endpoint whose callers show Entra tokens: 200, no error (FACTS 0.19). */
export function listKeys(call: Call): Answer {
  const endpoint = find(call.state, pathOf(call))
  if (endpoint === undefined) return noSuchEndpoint(call, param(call, 'endpoint'))
  const { primaryKey, secondaryKey } = endpoint.keys ?? {}
  const shown = authMode(endpoint) === 'Key'
  const body = shown
    ? { primaryKey: primaryKey ?? null, secondaryKey: secondaryKey ?? null }
    : { primaryKey: null, secondaryKey: null }
  return { status: 200, body }
}

/**
 * A long-running operation: the new key is in force when it has succeeded. Not recorded; swagger: 202 with Location.
 * azure-ai-ml always sends the key of now as `keyValue` and promises another one.
 */
export function regenerateKeys(call: Call): Answer {
  const endpoint = find(call.state, pathOf(call))
  if (endpoint === undefined) return noSuchEndpoint(call, param(call, 'endpoint'))
  const key = keyOf(call.state, pathOf(call))
  if (runningInTree(call.state, key) !== undefined) return conflict(call)
  const { keyType, keyValue } = requestBody(call)
  const which = fold(['Primary', 'Secondary'], keyType)
  if (which === undefined) {
    return invalid(call, 'KeyType', 'The KeyType must be Primary or Secondary.')
  }
  const old = endpoint.keys ?? { primaryKey: '', secondaryKey: '' }
  const current = which === 'Primary' ? old.primaryKey : old.secondaryKey
  const value = keyValue === current ? undefined : textOf(keyValue)
  const fresh = value ?? drawHex(call.state, 32)
  const keys = which === 'Primary' ? { ...old, primaryKey: fresh } : { ...old, secondaryKey: fresh }
  return acceptedPatch(call, begin(call, key, { verb: 'keys', keys, ...operationFault(call) }))
}

/**
 * An AML token. It looks like the service's RS256 JWT and carries its claims, but its signature is made up: the data
 * plane knows it by the endpoint's list of tokens.
 */
export function issueToken(call: Call): Answer {
  const endpoint = find(call.state, pathOf(call))
  if (endpoint === undefined) return noSuchEndpoint(call, param(call, 'endpoint'))
  const { settings } = call.state
  const nowS = Math.floor(call.now / 1000)
  const expiryTimeUtc = nowS + TOKEN_LIFE_S
  const claims = {
    canRefresh: 'False',
    workspaceId: settings.workspaceId,
    tid: settings.tenantId,
    oid: call.principal.objectId,
    actions: '["Microsoft.MachineLearningServices/workspaces/onlineEndpoints/score/action"]',
    endpointName: endpoint.name,
    serviceId: guidOf(call.state, endpoint.id),
    exp: expiryTimeUtc,
    iss: 'azureml',
    aud: 'azureml',
    jti: drawHex(call.state, 16),
  }
  const head = base64url(JSON.stringify({ alg: 'RS256', kid: 'sandbox', typ: 'JWT' }))
  const payload = base64url(JSON.stringify(claims))
  const token = `${head}.${payload}.${base64url(hexOf(`${settings.seed}${payload}`))}`
  const alive = (endpoint.tokens ?? []).filter(({ expiresAtMs }) => expiresAtMs > call.now)
  const issued = { token, expiresAtMs: expiryTimeUtc * 1000 }
  endpoint.tokens = [...alive, issued].slice(-TOKENS_KEPT)
  const refreshAfterTimeUtc = nowS + TOKEN_REFRESH_S
  return {
    status: 200,
    body: { accessToken: token, tokenType: 'Bearer', expiryTimeUtc, refreshAfterTimeUtc },
  }
}

function authMode(endpoint: Resource): string {
  return textOf(objectOf(endpoint.body.properties).authMode) ?? 'Key'
}

function base64url(text: string): string {
  const bytes = new TextEncoder().encode(text)
  const letters = btoa(String.fromCodePoint(...bytes))
  return letters.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}
