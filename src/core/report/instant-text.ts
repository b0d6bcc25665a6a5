const DAY_MS = 86_400_000
const DAYS_OF_ERA = 146_097

/** Takes milliseconds since the epoch, 1970 to 9999; gives RFC 3339 in whole seconds, `2026-01-15T12:00:00Z`. */
export function instantText(ms: number): string {
  const days = Math.floor(ms / DAY_MS)
  const seconds = Math.floor((ms - days * DAY_MS) / 1000)
  const clock = [seconds / 3600, (seconds / 60) % 60, seconds % 60]
  return `${dateText(days)}T${clock.map((part) => padded(Math.floor(part))).join(':')}Z`
}

/** Years are counted from March, so that leap days come last (Howard Hinnant, `civil_from_days`). */
function dateText(daysSinceEpoch: number): string {
  const days = daysSinceEpoch + 719_468
  const era = Math.floor(days / DAYS_OF_ERA)
  const ofEra = days - era * DAYS_OF_ERA
  const leaps = Math.floor(ofEra / 1460) - Math.floor(ofEra / 36_524) + Math.floor(ofEra / 146_096)
  const yearOfEra = Math.floor((ofEra - leaps) / 365)
  const ofYear = ofEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const fromMarch = Math.floor((5 * ofYear + 2) / 153)
  const day = ofYear - Math.floor((153 * fromMarch + 2) / 5) + 1
  const month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  return `${String(year).padStart(4, '0')}-${padded(month)}-${padded(day)}`
}

function padded(number: number): string {
  return String(number).padStart(2, '0')
}
