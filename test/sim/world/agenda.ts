import type { SimEvent } from './scenario.ts'

/** What is still to come, in its order. */
export interface Agenda {
  nextAt(): number
  due(at: number): readonly SimEvent[]
  /** `at` is an instant of the world. */
  later(at: number, event: SimEvent): void
}

export function createAgenda(events: readonly SimEvent[], startMs: number): Agenda {
  const ahead = events.map((event) => ({ at: startMs + event.at, event }))
  ahead.sort((left, right) => left.at - right.at)
  return {
    nextAt: () => ahead[0]?.at ?? Number.POSITIVE_INFINITY,
    due(at) {
      const count = ahead.findIndex((one) => one.at > at)
      return ahead.splice(0, count < 0 ? ahead.length : count).map(({ event }) => event)
    },
    later(at, event) {
      const place = ahead.findIndex((one) => one.at > at)
      ahead.splice(place < 0 ? ahead.length : place, 0, { at, event })
    },
  }
}
