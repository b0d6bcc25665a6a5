import { randomBytes, X509Certificate } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import type { JWK } from 'jose'
import type { StorageAccount } from './blobs/signature.ts'
import { blobHostOf } from './blobs/tls-door.ts'
import type { State } from './core/machine.ts'
import type { ServerCertificate } from './identity/certificate.ts'
import { createTokenIssuer, type TokenIssuer } from './identity/tokens.ts'
import { lockFile } from './lock-file.ts'
import { type Completed, completeOptions, type SandboxOptions } from './options.ts'
import {
  damaged,
  type Kept,
  readStateFile,
  StateFileUnusable,
  writeStateFile,
} from './state-file.ts'

/** What a sandbox stands on: made anew, or as it was before a restart. */
export interface Foundation {
  readonly options: Completed<SandboxOptions>
  readonly state: State | undefined
  readonly ports: Readonly<Record<string, number>>
  readonly issuer: TokenIssuer
  readonly certificate: ServerCertificate
  readonly account: StorageAccount
  save(state: State, ports: Readonly<Record<string, number>>): void
  /** Lets another process have the state file. */
  release(): void
}

const accountName = 'sandboxstorage'

// A certificate is replaced when it has less than this to live.
const renewBeforeMs = 7 * 86_400_000

/** Reads the state file if there is one, and makes what is missing. Throws StateFileUnusable or FileInUse. */
export async function layFoundation(
  given: SandboxOptions,
  stateFile: string | undefined,
): Promise<Foundation> {
  if (stateFile) mkdirSync(dirname(stateFile), { recursive: true, mode: 0o700 })
  const release = stateFile ? lockFile(stateFile) : () => undefined
  try {
    const kept = stateFile ? readStateFile(stateFile) : undefined
    const options = completeOptions({ ...coordinatesIn(kept?.state), ...given })
    if (kept) expectSameWorkspace(options, kept.state, stateFile ?? '')
    const { issuer, certificate } = await keysOf(options, kept).catch((error: unknown) => {
      throw kept === undefined ? error : damaged(stateFile ?? '')
    })
    const accountKey = kept?.accountKey ?? randomBytes(64).toString('base64')
    const { signingKey } = issuer
    return {
      ...{ options, issuer, certificate, release },
      state: kept?.state,
      ports: kept?.ports ?? {},
      account: { accountName, accountKey },
      save(state, ports) {
        if (!stateFile) return
        const format = 'verdigris-sandbox/1'
        const keys = { signingKey: { ...signingKey }, certificate, accountKey }
        writeStateFile(stateFile, { format, state, ports, ...keys })
      },
    }
  } catch (error) {
    release()
    throw error
  }
}

async function keysOf(
  { tenantId, tokenLifetimeSeconds: lifetimeSeconds }: Completed<SandboxOptions>,
  kept: Kept | undefined,
): Promise<Pick<Foundation, 'issuer' | 'certificate'>> {
  const issuer = await createTokenIssuer({
    tenantId,
    now: Date.now,
    ...(kept ? { signingKey: kept.signingKey as JWK } : {}),
    ...(lifetimeSeconds ? { lifetimeSeconds } : {}),
  })
  return { issuer, certificate: await certificateOf(kept?.certificate) }
}

const coordinates = [
  'subscriptionId',
  'resourceGroup',
  'workspace',
  'location',
  'workspaceId',
  'tenantId',
  'cloud',
] as const

function coordinatesIn(state: State | undefined): Partial<SandboxOptions> {
  if (!state) return {}
  const kept = coordinates.map((name) => [name, state.settings[name]] as const)
  return Object.fromEntries(kept.filter(([, value]) => value !== undefined))
}

function expectSameWorkspace(
  options: Completed<SandboxOptions>,
  { settings }: State,
  stateFile: string,
): void {
  const other = coordinates.find((name) => options[name] !== (settings[name] ?? options[name]))
  if (!other) return
  throw new StateFileUnusable(
    `${stateFile} holds a workspace whose ${other} is ${settings[other]}, not ${options[other]}.`,
  )
}

async function certificateOf(kept: ServerCertificate | undefined): Promise<ServerCertificate> {
  const now = Date.now()
  const blobHost = blobHostOf(accountName)
  const isGood =
    kept !== undefined &&
    kept.expiresAtMs - now > renewBeforeMs &&
    new X509Certificate(kept.cert).checkHost(blobHost) !== undefined
  if (isGood) return kept
  // What makes certificates is loaded when one is made: it is as much as all the rest of a sandbox.
  const { createServerCertificate } = await import('./identity/certificate.ts')
  return createServerCertificate(now, [blobHost])
}
