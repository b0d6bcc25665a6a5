/**
 * Spreads a percentage evenly over a row of questions, without chance: of every 100 answers exactly `percent` are
 * yes. `owed` keeps what is carried over, by name.
 */
export function strikes(owed: Map<string, number>, name: string, percent: number): boolean {
  const sum = (owed.get(name) ?? 0) + percent
  const isHit = sum >= 100
  owed.set(name, isHit ? sum - 100 : sum)
  return isHit
}

/**
 * Picks one of the weighted names: the smooth weighted round-robin of nginx. Over any run of as many picks as the
 * weights' sum each name comes exactly as often as its weight says. undefined = no positive weight.
 */
export function pick(
  owed: Map<string, number>,
  weights: Readonly<Record<string, number>>,
): string | undefined {
  const positive = Object.entries(weights).filter(([, weight]) => weight > 0)
  let total = 0
  let best: string | undefined
  for (const name of owed.keys()) if (!(weights[name] ?? 0)) owed.delete(name)
  for (const [name, weight] of positive) {
    total += weight
    const sum = (owed.get(name) ?? 0) + weight
    owed.set(name, sum)
    if (best === undefined || sum > (owed.get(best) ?? 0)) best = name
  }
  if (best !== undefined) owed.set(best, (owed.get(best) ?? 0) - total)
  return best
}
