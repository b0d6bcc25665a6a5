import { createInbox } from '../../src/adapters/inbox/memory.ts'
import type { Ports, ProbeSender } from '../../src/reconcile/ports.ts'

/** Sends nothing. */
export const NO_PROBES: ProbeSender = {
  keep: () => {},
  counts: () => new Map(),
  close: async () => {},
}

/** The ports that only rollouts use, where nothing answers: what is not measured is no data. */
export function quietPorts(): Pick<
  Ports,
  'analysis' | 'prober' | 'probes' | 'trials' | 'region'
> & {
  readonly inbox: ReturnType<typeof createInbox>
} {
  return {
    analysis: {
      measure: async (questions) =>
        questions.map(({ id }) => ({
          id,
          is: 'noData',
          reason: 'Nobody',
          message: 'Nobody answers.',
        })),
    },
    prober: {
      ask: async ({ requests }) =>
        requests.map(({ golden: { name } }) => ({
          name,
          problem: { reason: 'Nobody', message: 'Nobody answers.' },
        })),
    },
    probes: NO_PROBES,
    trials: {
      look: async (asks) =>
        new Map(asks.map(({ key }) => [key, { is: 'problem', message: 'Nobody answers.' }])),
      running: () => [],
      cancel: async () => [],
    },
    region: { cores: async () => undefined },
    inbox: createInbox(),
  }
}
