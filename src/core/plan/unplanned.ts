import { KINDS } from '../kinds/index.ts'
import type { Memory } from '../model/memory.ts'
import type { Finding, Held, Plan } from '../model/plan.ts'
import type { ProbeTraffic } from '../model/probes/probe-traffic.ts'
import { keyOf, type Ref, scopeOf } from '../model/ref.ts'
import type { TrialAsk } from '../rollout/trial.ts'
import { driftPolicyOf } from './compare/drift-policy.ts'
import type { PlanInput } from './context.ts'
import { blocked } from './held.ts'
import { ownershipOf } from './ownership/ownership.ts'

/** Scopes that cannot be planned, and why. */
export type Bugs = ReadonlyMap<string, string>

/**
 * The input without those scopes: what is declared there and what is live. Nothing is deleted meanwhile, since what is not
 * planned may need it.
 */
export function withoutScopes(input: PlanInput, bugs: Bugs): PlanInput {
  const isPlanned = ({ ref }: { readonly ref: Ref }): boolean => !bugs.has(scopeOf(ref))
  const { world } = input
  return {
    ...input,
    desired: input.desired.filter(isPlanned),
    world: { ...world, resources: world.resources.filter(isPlanned) },
    freezes: [...input.freezes, { what: 'deletes', reason: 'Bug', message: FROZEN }],
  }
}

const FROZEN = 'Something could not be planned, by a fault in Verdigris; nothing is deleted.'

export interface Planned {
  readonly plan: Plan
  readonly memory: Memory
  /** Trials whose jobs are to be cancelled; absent = none, or something could not be planned that may need them. */
  readonly needlessTrials?: readonly TrialAsk[]
  /** What is to be sent until the next plan; absent = nothing. No part of the plan: that is shown, and these are whole bodies. */
  readonly probes?: readonly ProbeTraffic[]
}

/** What was left out stays as it is, is remembered as it was, and says so. */
export function withScopes(planned: Planned, input: PlanInput, bugs: Bugs): Planned {
  const { application, desired, world, memory, sync } = input
  const ours = world.resources.filter(
    (live) => ownershipOf(KINDS[live.ref.kind], live, application).ownership === 'ours',
  )
  const refs = [...desired, ...ours].map(({ ref }) => ref).filter((ref) => bugs.has(scopeOf(ref)))
  const left = [...new Map(refs.map((ref) => [keyOf(ref), ref])).values()]
  const held = left.map((ref): Held => {
    const why = bugs.get(scopeOf(ref)) ?? ''
    return blocked(
      ref,
      'Bug',
      `A fault in Verdigris: it cannot be planned, and stays as it is. ${why}`,
    )
  })
  const findings = left.map(
    (ref): Finding => ({
      ...{
        ref,
        key: keyOf(ref),
        sync: 'unknown',
        health: 'degraded',
        drift: driftPolicyOf(ref, undefined, sync),
      },
      ...{ differences: [], fight: false },
    }),
  )
  const kept = left.flatMap((ref) => {
    const known = memory[keyOf(ref)]
    return known === undefined ? [] : [[keyOf(ref), known] as const]
  })
  const { needlessTrials: _, ...rest } = planned
  return {
    ...rest,
    plan: {
      ...planned.plan,
      findings: [...planned.plan.findings, ...findings],
      held: [...planned.plan.held, ...held],
    },
    memory: { ...planned.memory, ...Object.fromEntries(kept) },
  }
}
