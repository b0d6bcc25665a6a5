import type { CreateChecker, TraceEvent, Violation, WorldState } from '../trace.ts'

/** A few invariants, until there is a whole checker. */
export const createBasicChecker: CreateChecker = (expectation) => {
  const violations: Violation[] = []
  const seen = new Set<string>()
  const served = new Set<string>()
  let state: WorldState | undefined
  let badSince: number | undefined
  let report: Extract<TraceEvent, { type: 'plan' }>['report'] | undefined
  const say = (id: string, at: number, message: string): void => {
    if (seen.has(`${id} ${message}`)) return
    seen.add(`${id} ${message}`)
    violations.push({ id, at, message })
  }
  function look(at: number, next: WorldState): void {
    for (const [name, endpoint] of Object.entries(next.endpoints)) {
      const sum = Object.values(endpoint.traffic).reduce((total, one) => total + one, 0)
      if (sum !== 0 && sum !== 100) say('S1', at, `${name} has ${sum} %`)
      for (const [deployment, weight] of Object.entries(endpoint.traffic)) {
        const path = `${name}/${deployment}`
        if (weight > 0 && next.deployments[path]?.isServing === true) served.add(path)
      }
    }
    state = next
  }
  return {
    observe(event) {
      if (event.type === 'state') look(event.at, event.state)
      if (event.type === 'plan') report = event.report
      if (event.type === 'call' && event.method === 'DELETE' && (event.status ?? 999) < 300) {
        const [, path = ''] = /onlineEndpoints\/(.+)$/.exec(event.path) ?? []
        const tags = state?.deployments[path.replace('/deployments/', '/')]?.tags
        if (tags !== undefined && tags['verdigris.application'] === undefined)
          say('S16', event.at, `deletes ${path}, which is nobody's`)
      }
      if (event.type !== 'requests' || event.failed === 0) return
      if (event.cause !== 'model') {
        say('U1', event.at, `users of ${event.endpoint} fail: ${event.cause}`)
        return
      }
      const model = state?.deployments[`${event.endpoint}/${event.deployment}`]?.model ?? ''
      if (!expectation.badModels.includes(model)) return
      badSince ??= event.at
      if (event.at - badSince > 600_000) say('U1', badSince, `users are on ${model} for 10 minutes`)
    },
    finish() {
      const at = report?.endedAt ?? 0
      if (expectation.converges && report?.converged !== true)
        say(
          'L1',
          at,
          `not converged: ${report?.plan.held.map((one) => `${one.ref.kind} ${one.ref.name} ${one.reason}`).join(', ')}`,
        )
      for (const [endpoint, model] of Object.entries(expectation.endsOn ?? {})) {
        const traffic = state?.endpoints[endpoint]?.traffic ?? {}
        const [on] = Object.entries(traffic).find(([, weight]) => weight === 100) ?? []
        const is = on === undefined ? undefined : state?.deployments[`${endpoint}/${on}`]?.model
        if (model !== undefined && is !== model)
          say('L1', at, `${endpoint} ends on ${is}, not ${model}`)
      }
      return violations
    },
  }
}
