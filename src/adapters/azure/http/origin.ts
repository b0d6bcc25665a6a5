import { CloudError } from '../../../reconcile/ports.ts'

/** The origin of the service's address. Refuses what is neither https nor http on loopback, and any path or user name. */
export function serviceOrigin(endpoint: string): string {
  const url = new URL(endpoint)
  const isPlain = url.username === '' && url.password === '' && url.search === ''
  if (!isPlain || url.pathname !== '/' || !isSafeScheme(url)) {
    throw new Error('The Azure endpoint must be an https origin, or http on loopback.')
  }
  return url.origin
}

/** Whether bytes and credentials may be sent there: https, or http that does not leave this machine. */
export function isSafeScheme(url: URL): boolean {
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url))
}

/** Literal loopback addresses only: a name could be made to resolve elsewhere, but for `localhost`. */
export function isLoopback(url: URL): boolean {
  return /^(?:127(?:\.\d{1,3}){3}|\[::1\]|localhost)$/.test(url.hostname)
}

/** The link when it stays on `origin` and names no user; undefined for anything else (ATTACKS 64). */
export function linkWithin(origin: string, link: string): string | undefined {
  if (link.length > 16_384 || !URL.canParse(link)) return undefined
  const url = new URL(link)
  return url.origin === origin && url.username === '' && url.password === '' ? link : undefined
}

/** What a request to a foreign address ends in, before anything is sent. */
export function foreignAddress(): CloudError {
  return new CloudError({
    reason: 'ForeignAddress',
    message: 'Azure answered with an address on another host; it was not followed.',
    errorClass: 'service',
    retry: 'Later',
  })
}
