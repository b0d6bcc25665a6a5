import { lookup as systemLookup } from 'node:dns'
import { BlockList, isIP, type LookupFunction } from 'node:net'
import { NoData } from '../no-data.ts'

/** Resolves a name to all its addresses; the system's resolver unless a test has its own. */
export type Resolve = (hostname: string) => Promise<readonly string[]>

// Where clouds answer any process of a machine with its credentials, and what is no host at all. Never allowed.
const NEVER = blockList(
  ['0.0.0.0/8', '169.254.0.0/16', '168.63.129.16/32', '192.0.0.0/24', '224.0.0.0/3'],
  ['::/128', '::/96', 'fe80::/10', 'fd00:ec2::254/128', '64:ff9b::a9fe:0/112', 'ff00::/8'],
)
const LOOPBACK = blockList(['127.0.0.0/8'], ['::1/128'])
const PRIVATE = blockList(
  ['10.0.0.0/8', '100.64.0.0/10', '172.16.0.0/12', '192.168.0.0/16', '198.18.0.0/15'],
  ['fc00::/7', 'fec0::/10', '64:ff9b::/96', '64:ff9b:1::/48', '2001::/32', '2002::/16'],
)

/**
 * Whether a connection to this address is refused (ATTACKS 60). The resolved address decides, so `0x7f.1` and
 * `::ffff:127.0.0.1` are what they stand for. `hostname` is what the operator configured: one that is itself a private
 * address, or `localhost`, is meant.
 */
export function isRefused(address: string, hostname: string, allowPrivate: boolean): boolean {
  const is = (list: BlockList): boolean =>
    list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')
  if (is(LOOPBACK)) return !allowPrivate && address !== hostname && hostname !== 'localhost'
  if (is(NEVER)) return true
  return is(PRIVATE) && !allowPrivate && address !== hostname
}

/** The host of a URL as an address where it is one, without the brackets of IPv6. */
export function hostnameOf(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, '$1').toLowerCase()
}

/** Throws NoData for a host that is written as an address and refused: those are never looked up. */
export function checkLiteral(hostname: string, allowPrivate: boolean): void {
  if (isIP(hostname) !== 0 && isRefused(hostname, hostname, allowPrivate)) throw refused(hostname)
}

/**
 * The look-up of a connection: all addresses of the name have to be allowed, at each connect anew, and the connection
 * is made to those that were checked. So a name cannot change its meaning in between.
 */
export function guardedLookup(allowPrivate: boolean, resolve: Resolve): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname).then(
      (addresses) => {
        const first = addresses[0]
        const isAllowed = addresses.every((one) => !isRefused(one, hostname, allowPrivate))
        if (first === undefined || !isAllowed) return callback(refused(hostname), '', 0)
        if (options.all !== true) return callback(null, first, isIP(first))
        callback(
          null,
          addresses.map((address) => ({ address, family: isIP(address) })),
        )
      },
      (error: NodeJS.ErrnoException) => callback(error, '', 0),
    )
  }
}

export function systemResolve(hostname: string): Promise<readonly string[]> {
  return new Promise((resolve, reject) => {
    systemLookup(hostname, { all: true }, (error, found) => {
      if (error) reject(error)
      else resolve(found.map(({ address }) => address))
    })
  })
}

function refused(hostname: string): NoData {
  return new NoData(
    'AddressRefused',
    `The host ${hostname} is, or resolves to, an address that is not asked for metrics: link-local, loopback or private. ` +
      'Private ones can be allowed by VERDIGRIS_ALLOW_PRIVATE_METRICS=true.',
  )
}

function blockList(v4: readonly string[], v6: readonly string[]): BlockList {
  const list = new BlockList()
  const add = (subnets: readonly string[], family: 'ipv4' | 'ipv6'): void => {
    for (const subnet of subnets) {
      const [network = '', bits] = subnet.split('/')
      list.addSubnet(network, Number(bits), family)
    }
  }
  add(v4, 'ipv4')
  add(v6, 'ipv6')
  return list
}
