import { once } from 'node:events'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { createServer } from 'node:tls'

/** Blobs over TLS, at the account's own host name. */
export interface BlobTlsDoor {
  readonly port: number
  close(): Promise<void>
}

export interface BlobTlsDoorOptions {
  /** 0 = a free port. */
  readonly port: number
  readonly certificate: { readonly key: string; readonly cert: string }
  /** Where the blob service listens without TLS. */
  readonly blobPort: number
}

/** What follows `{account}.blob.` in a host name. Storage clients find the account before `.blob.core.`. */
export const STORAGE_SUFFIX = 'core.localhost'

/** The host of an account's blobs, as Microsoft's clients put it together (FACTS 11). */
export function blobHostOf(accountName: string): string {
  return `${accountName}.blob.${STORAGE_SUFFIX}`
}

/**
 * Takes TLS off what comes in on loopback and hands it on to the blob service as it is: the Host header stays, and
 * Azurite finds the account in it.
 */
export async function openBlobTlsDoor(options: BlobTlsDoorOptions): Promise<BlobTlsDoor> {
  const { certificate, blobPort } = options
  const open = new Set<Socket>()
  const server = createServer(certificate, (outer) => {
    const inner = connect(blobPort, '127.0.0.1')
    for (const [one, other] of [
      [outer, inner],
      [inner, outer],
    ] as const) {
      open.add(one)
      one.on('error', () => other.destroy())
      one.on('close', () => {
        open.delete(one)
        other.destroy()
      })
      one.pipe(other)
    }
  })
  server.listen(options.port, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      const closed = once(server, 'close')
      server.close()
      for (const socket of open) socket.destroy()
      await closed
    },
  }
}
