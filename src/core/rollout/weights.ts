/** Percent by deployment name; a missing name is 0. */
export type Weights = { readonly [deployment: string]: number }

/** The map in its one form: zero entries dropped. */
export function positive(weights: Weights): Weights {
  return Object.fromEntries(Object.entries(weights).filter(([, weight]) => weight > 0))
}

/** The one that has all that is sent anywhere; undefined where nobody is served, or several serve. */
export function soleServer(weights: Weights): string | undefined {
  const [name, ...others] = Object.keys(positive(weights))
  return others.length > 0 ? undefined : name
}

/** Whether they send nobody anywhere. */
export function servesNobody(weights: Weights): boolean {
  return Object.values(weights).every((weight) => weight <= 0)
}

/** Whether every request is sent somewhere: Azure leaves the rest as it is when one of several is deleted. */
export function servesAll(weights: Weights): boolean {
  return Object.values(weights).reduce((sum, weight) => sum + weight, 0) >= 100
}

export function isSame(a: Weights, b: Weights): boolean {
  const names = new Set([...Object.keys(a), ...Object.keys(b)])
  return [...names].every((name) => (a[name] ?? 0) === (b[name] ?? 0))
}

/** All of it on one side, shared out: whole numbers that sum to 100, in one map, as one write (INVARIANTS S1). */
export function split(stable: string | undefined, candidate: string, percent: number): Weights {
  if (stable === undefined || stable === candidate) return { [candidate]: 100 }
  return positive({ [stable]: 100 - percent, [candidate]: percent })
}

/** How much of the traffic a candidate has in its bake, in words; `bakeControl` percent stay on stable. */
export function bakeShareText({ bakeControl }: { readonly bakeControl: number }): string {
  return bakeControl === 0 ? 'All traffic' : `${100 - bakeControl} % of the traffic`
}
