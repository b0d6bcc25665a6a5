import { type Listener, listen } from '../http/listener.ts'
import { type HttpHandler, textResponse } from '../http/message.ts'
import type { ServerCertificate } from '../identity/certificate.ts'

/** What answers behind each listener. */
export interface Services {
  readonly arm: HttpHandler
  readonly login: HttpHandler
  readonly scoring: HttpHandler
}

export type DoorName = 'arm' | 'armTls' | 'login' | 'scoring'

/** The listeners of a sandbox. They answer 503 until `serve` says what is behind them. */
export interface Doors {
  readonly origins: Readonly<Record<DoorName, string>>
  readonly ports: Readonly<Record<DoorName, number>>
  serve(services: Services): void
  close(): Promise<void>
}

export interface DoorsOptions {
  /** 0 or absent = the port of before if it is free, else any. */
  readonly ports: Partial<Readonly<Record<DoorName, number>>>
  readonly portsBefore: Readonly<Record<string, number>>
  readonly certificate: ServerCertificate
  readonly onError: (error: unknown) => void
}

const doors: readonly { name: DoorName; service: keyof Services; isTls: boolean }[] = [
  { name: 'arm', service: 'arm', isTls: false },
  { name: 'armTls', service: 'arm', isTls: true },
  { name: 'login', service: 'login', isTls: true },
  { name: 'scoring', service: 'scoring', isTls: false },
]

/** Opens every listener on loopback; none is left open when it rejects. */
export async function openDoors(options: DoorsOptions): Promise<Doors> {
  const { ports, portsBefore, certificate, onError } = options
  let services: Services | undefined
  const opened = new Map<DoorName, Listener>()
  const close = async () => {
    await Promise.all([...opened.values()].map((listener) => listener.close()))
  }
  try {
    for (const { name, service, isTls } of doors) {
      const handle: HttpHandler = (request) =>
        services?.[service](request) ?? Promise.resolve(notYet)
      const tls = isTls ? { tls: certificate } : {}
      const listenOn = (port: number) => listen(handle, { port, onError, ...tls })
      opened.set(name, await preferring(ports[name], portsBefore[name], listenOn))
    }
  } catch (error) {
    await close()
    throw error
  }
  return {
    origins: mapDoors(opened, ({ origin }) => origin),
    ports: mapDoors(opened, ({ port }) => port),
    serve(given) {
      services = given
    },
    close,
  }
}

/** Listens on the port asked for; without one, where it was before, unless another has taken that. */
export async function preferring<Service>(
  asked: number | undefined,
  before: number | undefined,
  start: (port: number) => Promise<Service>,
): Promise<Service> {
  if (asked) return start(asked)
  return start(before ?? 0).catch((error: unknown) => {
    if (before === undefined) throw error
    return start(0)
  })
}

const notYet = textResponse(503, 'The sandbox is starting.', { 'retry-after': '1' })

function mapDoors<Value>(
  opened: ReadonlyMap<DoorName, Listener>,
  choose: (listener: Listener) => Value,
): Record<DoorName, Value> {
  const entries = [...opened].map(([name, listener]) => [name, choose(listener)])
  return Object.fromEntries(entries) as Record<DoorName, Value>
}
