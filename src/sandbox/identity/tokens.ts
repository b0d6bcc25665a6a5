import { createPublicKey, type JsonWebKey, randomUUID } from 'node:crypto'
import {
  type CryptoKey,
  calculateJwkThumbprint,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JWK,
  jwtVerify,
  SignJWT,
} from 'jose'

/** What a checked access token says: who it was made for, and until when. */
export interface Claims {
  readonly objectId: string
  readonly clientId: string
  readonly audience: string
  readonly expiresAtMs: number
}

/** Signs access tokens and checks those it signed. Times are epoch ms of the caller's clock. */
export interface TokenIssuer {
  issue(subject: { objectId: string; clientId: string }, audience: string): Promise<string>
  /** Signature, issuer and times are checked here; the audience is the caller's to judge. */
  verify(token: string): Promise<Claims | undefined>
  readonly lifetimeSeconds: number
  readonly publicKeys: { readonly keys: readonly JWK[] }
  /** The private key, to be kept over restarts: clients hold on to tokens for an hour. */
  readonly signingKey: JWK
}

export interface IssuerOptions {
  readonly tenantId: string
  readonly now: () => number
  readonly signingKey?: JWK
  readonly lifetimeSeconds?: number
}

const algorithm = 'RS256'
const checkedTokensMax = 1000

/** Makes an issuer, with a new 2048-bit key unless one is given. */
export async function createTokenIssuer(options: IssuerOptions): Promise<TokenIssuer> {
  const signingKey = options.signingKey ?? (await freshSigningKey())
  const { privateKey, publicJwk, publicKey } = await keysOf(signingKey)
  const issuer = `https://sts.windows.net/${options.tenantId}/`
  const lifetimeSeconds = options.lifetimeSeconds ?? 3599
  const checked = new Map<string, Claims>()

  async function verifySignature(token: string): Promise<Claims | undefined> {
    const currentDate = new Date(options.now())
    const rules = { issuer, algorithms: [algorithm], currentDate }
    const verified = await jwtVerify(token, publicKey, rules).catch(() => undefined)
    return verified && claimsOf(verified.payload)
  }

  return {
    lifetimeSeconds,
    signingKey,
    publicKeys: { keys: [publicJwk] },
    issue(subject, audience) {
      const seconds = Math.floor(options.now() / 1000)
      return new SignJWT({
        appid: subject.clientId,
        appidacr: '1',
        idp: issuer,
        oid: subject.objectId,
        tid: options.tenantId,
        uti: randomUUID(),
        ver: '1.0',
      })
        .setProtectedHeader({ alg: algorithm, typ: 'JWT', kid: publicJwk.kid ?? '' })
        .setIssuer(issuer)
        .setSubject(subject.objectId)
        .setAudience(audience)
        .setIssuedAt(seconds)
        .setNotBefore(seconds)
        .setExpirationTime(seconds + lifetimeSeconds)
        .sign(privateKey)
    },
    async verify(token) {
      const claims = checked.get(token) ?? (await verifySignature(token))
      if (!claims || claims.expiresAtMs <= options.now()) return undefined
      if (checked.size >= checkedTokensMax) checked.clear()
      checked.set(token, claims)
      return claims
    },
  }
}

function claimsOf(payload: Record<string, unknown>): Claims | undefined {
  const { oid, appid, aud, exp } = payload
  if (typeof oid !== 'string' || typeof appid !== 'string') return undefined
  if (typeof aud !== 'string' || typeof exp !== 'number') return undefined
  return { objectId: oid, clientId: appid, audience: aud, expiresAtMs: exp * 1000 }
}

interface Keys {
  readonly privateKey: CryptoKey
  readonly publicJwk: JWK
  readonly publicKey: CryptoKey
}

const imported = new WeakMap<JWK, Promise<Keys>>()

/** All workspaces of a process sign with one key: it is made ready once. */
function keysOf(signingKey: JWK): Promise<Keys> {
  const keys = imported.get(signingKey) ?? importKeys(signingKey)
  imported.set(signingKey, keys)
  return keys
}

async function importKeys(signingKey: JWK): Promise<Keys> {
  const privateKey = (await importJWK(signingKey, algorithm)) as CryptoKey
  const publicJwk = await publicPartOf(signingKey)
  const publicKey = (await importJWK(publicJwk, algorithm)) as CryptoKey
  return { privateKey, publicJwk, publicKey }
}

let signingKeyOfProcess: Promise<JWK> | undefined

/** One key for all workspaces of this process: making an RSA key takes longer than a simulated day. */
export function sharedSigningKey(): Promise<JWK> {
  signingKeyOfProcess ??= freshSigningKey()
  return signingKeyOfProcess
}

async function freshSigningKey(): Promise<JWK> {
  const { privateKey } = await generateKeyPair(algorithm, { extractable: true })
  return exportJWK(privateKey)
}

async function publicPartOf(signingKey: JWK): Promise<JWK> {
  const jwk = await exportJWK(createPublicKey({ key: signingKey as JsonWebKey, format: 'jwk' }))
  return { ...jwk, alg: algorithm, use: 'sig', kid: await calculateJwkThumbprint(jwk) }
}
