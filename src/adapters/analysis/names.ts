import type { Comparison } from '../../core/model/measurements/measurement.ts'
import { NoData } from './no-data.ts'

/** Throws NoData unless the names are names: then they need no quoting anywhere (ATTACKS 61). */
export function checkNames({ endpoint, stable, candidate }: Comparison): void {
  if ([endpoint, stable, candidate].every((name) => /^[a-zA-Z0-9-]{1,64}$/.test(name))) return
  throw new NoData('InvalidName', 'An endpoint or deployment has a name that no query may hold.')
}

/** The text with the names in the places of the three words. Nothing is evaluated; any other word stays as it is. */
export function filledIn(text: string, { endpoint, stable, candidate }: Comparison): string {
  return text
    .replaceAll('{{endpoint}}', endpoint)
    .replaceAll('{{deployment}}', candidate)
    .replaceAll('{{stable}}', stable)
}
