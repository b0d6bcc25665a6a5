import type { Mutation } from '../mutation.ts'
import { ANALYSIS } from './analysis.ts'
import { AZURE } from './azure.ts'
import { AZURE_LIMITS } from './azure-limits.ts'
import { CLOUD_GUARDS } from './clouds.ts'
import { EDGES } from './edges.ts'
import { CHECKING } from './golden.ts'
import { IDENTITY_GUARDS } from './identities.ts'
import { ISOLATION } from './isolation.ts'
import { JUDGING } from './judge.ts'
import { LOST } from './lost.ts'
import { MANIFEST_GUARDS } from './manifests.ts'
import { OBSERVE } from './observe.ts'
import { PEERS } from './peers.ts'
import { PLAN } from './plan.ts'
import { PLAN_CHECKS } from './plan-checks.ts'
import { PLAN_WRITES } from './plan-writes.ts'
import { PROBES } from './probes.ts'
import { PRUNE } from './prune.ts'
import { REMEMBERED } from './remembered.ts'
import { ROLLOUT } from './rollout.ts'
import { ROLLOUT_MOVES } from './rollout-moves.ts'
import { ROLLOUT_STATES } from './rollout-states.ts'
import { TRIAL_JOBS } from './trial-jobs.ts'
import { VALUES } from './values.ts'
import { WAY_BACK } from './way-back.ts'
import { WORDS } from './words.ts'

/** A mutant for every guard; those of the failures elsewhere first. */
export const MUTATIONS: readonly Mutation[] = [
  ...PEERS,
  ...PRUNE,
  ...PLAN_CHECKS,
  ...PLAN,
  ...PLAN_WRITES,
  ...ROLLOUT_STATES,
  ...ROLLOUT,
  ...ROLLOUT_MOVES,
  ...LOST,
  ...WAY_BACK,
  ...JUDGING,
  ...CHECKING,
  ...AZURE,
  ...AZURE_LIMITS,
  ...ISOLATION,
  ...IDENTITY_GUARDS,
  ...VALUES,
  ...WORDS,
  ...CLOUD_GUARDS,
  ...MANIFEST_GUARDS,
  ...EDGES,
  ...OBSERVE,
  ...ANALYSIS,
  ...REMEMBERED,
  ...TRIAL_JOBS,
  ...PROBES,
]
