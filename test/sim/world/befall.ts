import type { Files } from '../../support/commits.ts'
import type { TraceEvent } from '../trace.ts'
import type { Agenda } from './agenda.ts'
import type { Azure } from './azure.ts'
import type { Clocks } from './clocks.ts'
import type { Git } from './git.ts'
import { edit } from './hand.ts'
import type { Metrics } from './metrics.ts'
import type { Office } from './office.ts'
import { isFault, type Scenario, type SimEvent } from './scenario.ts'
import { filesOf } from './tree.ts'
import type { Wire } from './wire.ts'

/** What events have their hands on. */
export interface Parts {
  readonly scenario: Scenario
  readonly azure: Azure
  readonly clocks: Clocks
  readonly wire: Wire
  readonly metrics: Metrics
  readonly gits: ReadonlyMap<string, Git>
  readonly office: Office
  readonly agenda: Agenda
  readonly emit: (event: TraceEvent) => void
  readonly respell: (files: Files) => Files
}

type Of<Do extends SimEvent['do']> = Extract<SimEvent, { readonly do: Do }>
type Rows = { readonly [Do in SimEvent['do']]: (parts: Parts, event: Of<Do>) => void }

const AGAIN_MS = 5000
const TRIES = 12
const QUOTA_CORES = 1000

/** What each event does. A fault that lasts comes a second time with `forMs: 0`: then it is over. */
const ROWS: Rows = {
  commit({ scenario, gits, azure, emit, respell }, { application, tree, forced = 0 }) {
    const files = respell(filesOf(tree, (model) => scenario.models[model] ?? 'sound'))
    const subject = JSON.stringify(tree).slice(0, 200)
    const at = azure.now()
    for (const seen of gitOf(gits, application).commit(files, forced))
      emit({ type: 'commit', at, ...seen, subject, forced: forced > 0 })
  },
  users({ azure }, { endpoint, perSecond }) {
    azure.users.set(endpoint, perSecond)
  },
  lever({ azure, office, emit }, { application, verb, endpoint }) {
    const id = office.pull(application, verb, endpoint)
    emit({ type: 'intent', at: azure.now(), application, verb, endpoint, id })
  },
  hand({ azure, agenda, emit }, event: Of<'hand'> & { readonly tries?: number }) {
    const path = edit(azure, event)
    const { tries = 1 } = event
    if (path !== undefined) {
      emit({ type: 'hand', at: azure.now(), what: event.edit, path })
      azure.changed('hand')
    } else if (tries < TRIES) {
      // Azure refuses while it is at work: a person tries again for a minute.
      const again = { ...event, tries: tries + 1 }
      agenda.later(azure.now() + AGAIN_MS, again)
    }
  },
  model({ azure }, { model, quality }) {
    azure.turn(model, quality)
  },
  sync({ office }, { application, sync }) {
    office.setSync(application, sync)
  },
  call({ wire }, event) {
    wire.arm(event)
  },
  crash({ office }, { controller, forMs }) {
    office.crash(controller, forMs)
  },
  freeze({ office }, { controller, forMs }) {
    office.freeze(controller, forMs)
  },
  slowCalls({ wire }, { eachMs, forMs }) {
    wire.setLatency(forMs === 0 ? undefined : eachMs)
  },
  git({ gits }, { application, is, forMs }) {
    gitOf(gits, application).set(forMs === 0 ? undefined : is)
  },
  provider({ metrics, azure }, { is, forMs }) {
    metrics.fault = forMs === 0 ? undefined : is
    if (is === 'reset' && forMs > 0) metrics.resetAt = azure.now()
  },
  clock({ clocks }, { of, jumpMs, fast }) {
    if (jumpMs !== undefined) clocks.jump(of, jumpMs)
    if (fast !== undefined) clocks.run(of, fast)
  },
  quota({ azure }, { cores, forMs }) {
    azure.sandbox.setQuota('standardDSv2Family', forMs === 0 ? QUOTA_CORES : cores)
  },
  diskGone({ gits }) {
    for (const git of gits.values()) git.loseCopy()
  },
}

/** Faults that processes carry themselves: nothing ends them from outside. */
const OWN_END: readonly string[] = ['crash', 'freeze']

export function befall(parts: Parts, event: SimEvent): void {
  const row = ROWS[event.do] as (parts: Parts, event: SimEvent) => void
  if (isFault(event)) tellFault(parts, event)
  row(parts, event)
}

function tellFault({ azure, agenda, emit }: Parts, event: SimEvent): void {
  const at = azure.now()
  const { at: _, ...said } = event
  const name = Object.entries(said)
    .map(([field, value]) => (field === 'with' ? `with ${value}` : value))
    .join(' ')
  const forMs = 'forMs' in event ? event.forMs : undefined
  if (forMs === 0) return
  emit({ type: 'fault', at, name, ...(forMs === undefined ? {} : { until: at + forMs }) })
  if (forMs !== undefined && !OWN_END.includes(event.do))
    agenda.later(at + forMs, { ...event, forMs: 0 } as SimEvent)
}

export function gitOf(gits: ReadonlyMap<string, Git>, application: string): Git {
  const found = gits.get(application)
  if (found === undefined) throw new Error(`The scenario has no Application ${application}.`)
  return found
}
