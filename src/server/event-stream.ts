import type { ServerResponse } from 'node:http'
import type { Event } from '../core/report/events/event.ts'
import type { ServedApplication } from './application.ts'
import type { Limits } from './limits.ts'
import { eventView } from './views/views.ts'

/** An event with its place in this process's stream: `<start of the process>-<number>`. */
export interface NumberedEvent {
  readonly id: string
  readonly event: Event
}

export interface EventStream {
  /** Oldest first. After an id of another process, or one that is gone, all that is kept. */
  since(id: string | undefined): readonly NumberedEvent[]
  hasRoom(): boolean
  /** Answers who asks for the headers alone. */
  head(raw: ServerResponse): void
  /** Streams to a client, beginning with what came after `lastId`, until it leaves or the stream is closed. */
  open(raw: ServerResponse, options: { lastId: string | undefined; application?: string }): void
  close(): void
}

interface Client {
  readonly raw: ServerResponse
  readonly application: string | undefined
  /** The number of the event that it is sent next. */
  next: number
}

const HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store',
  connection: 'keep-alive',
  'x-accel-buffering': 'no',
  'x-content-type-options': 'nosniff',
}

/** Joins the events of all Applications in one numbered, bounded list, and sends them to those who listen. */
export function createEventStream(
  applications: readonly ServedApplication[],
  limits: Limits,
): EventStream {
  const epoch = Date.now().toString(36)
  const clients = new Set<Client>()
  let count = 0
  let kept: readonly NumberedEvent[] = []

  function add(events: readonly Event[]): void {
    const numbered = events.map((event) => ({ id: `${epoch}-${++count}`, event }))
    kept = [...kept, ...numbered].slice(-limits.eventHistory)
    for (const client of clients) pump(client)
  }

  /** The number of the oldest event that is kept. */
  const oldest = (): number => count - kept.length + 1

  /** What a client was not sent yet, as far as it takes it: what is kept is written only as it is read. */
  function pump(client: Client): void {
    const { raw, application } = client
    // It is so far behind that what it needs is gone: it comes back with the id that it has.
    if (client.next < oldest()) raw.destroy()
    while (
      !raw.destroyed &&
      client.next <= count &&
      raw.writableLength < limits.eventBacklogBytes
    ) {
      const one = kept[client.next - oldest()]
      client.next += 1
      if (one === undefined || (application ?? one.event.application) !== one.event.application)
        continue
      raw.write(frame(one))
    }
  }

  function since(id: string | undefined): readonly NumberedEvent[] {
    const at = kept.findIndex((one) => one.id === id)
    return id === `${epoch}-${count}` ? [] : kept.slice(at + 1)
  }

  add(applications.flatMap(({ journal }) => journal.events()).toSorted((a, b) => a.at - b.at))
  const endings = applications.map(({ journal }) => journal.watch((_, events) => add(events)))
  const heartbeat = setInterval(() => {
    for (const { raw } of clients) raw.write(': still here\n\n')
  }, limits.heartbeatMs)
  heartbeat.unref()

  return {
    since,
    hasRoom: () => clients.size < limits.eventClients,
    head: (raw) => void raw.writeHead(200, HEADERS).end(),
    open: (raw, { lastId, application }) => {
      const client: Client = { raw, application, next: count + 1 - since(lastId).length }
      raw.writeHead(200, HEADERS)
      raw.write(`retry: 3000\n\n`)
      clients.add(client)
      raw.on('close', () => clients.delete(client))
      raw.on('error', () => clients.delete(client))
      raw.on('drain', () => pump(client))
      pump(client)
    },
    close: () => {
      clearInterval(heartbeat)
      for (const end of endings) end()
      for (const { raw } of clients) raw.end()
      clients.clear()
    },
  }
}

function frame({ id, event }: NumberedEvent): string {
  return `id: ${id}\nevent: ${event.type}\ndata: ${JSON.stringify(eventView(event))}\n\n`
}
