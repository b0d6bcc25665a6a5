import { BAKING, BLUE, CANARY, GREEN, MINUTE, record } from './records.ts'
import type { Commits } from './repository.ts'
import { Trace } from './traces.ts'

/** An endpoint with a Rollout on which blue has served for long, and green is up without traffic. */
export function serving(said: Commits = {}): Trace {
  return new Trace()
    .commit(said)
    .setEndpoint('fraud', { traffic: { blue: 100 }, record: record() })
    .setDeployment('fraud/blue', { rev: BLUE.rev })
    .setDeployment('fraud/green', { rev: GREEN.rev, model: 'azureml:fraud:2' })
    .state('start')
    .wait(10 * MINUTE)
    .commit({ model: 2, ...said })
}

/** Green has its first tenth. */
export function canary(said: Commits = {}): Trace {
  return serving(said).look().shift({ blue: 90, green: 10 }, CANARY).plan().wait(MINUTE)
}

/** Green has everything, and bakes. */
export function baking(said: Commits = {}): Trace {
  return canary(said)
    .wait(2 * MINUTE)
    .look()
    .measure()
    .shift({ blue: 50, green: 50 }, CANARY)
    .plan()
    .wait(3 * MINUTE)
    .look()
    .measure()
    .shift({ green: 100 }, BAKING)
    .plan()
    .wait(MINUTE)
}
