import { field, wrong } from '../../kinds/fields/fields.ts'
import { shown } from '../../kinds/fields/shown.ts'
import { spanMs } from '../../kinds/fields/time-span.ts'
import { isObject, type Json } from '../../model/values/json.ts'

export interface BakeField {
  readonly forMs: number
  /** Percent of the traffic that stays on stable. */
  readonly control: number
}

const LONGEST_MS = 7 * 86_400_000
const MOST_CONTROL = 50

/** `30m`, or `{ for: 30m, control: 5 }`. */
export const bakeField = field<BakeField>(
  {
    anyOf: [
      { type: 'string', examples: ['30s', '10m', '1h30m'] },
      {
        type: 'object',
        additionalProperties: false,
        required: ['for'],
        properties: {
          for: { type: 'string', examples: ['30s', '10m', '1h30m'] },
          control: { type: 'integer', minimum: 0, maximum: MOST_CONTROL },
        },
      },
    ],
  },
  (value) => {
    if (!isObject(value)) return read(value, 0, 'must be')
    const extra = Object.keys(value).find((key) => key !== 'for' && key !== 'control')
    if (extra !== undefined) return wrong(`has an unknown field ${shown(extra)}`, 'UnknownField')
    const { for: said, control = 0 } = value
    if (said === undefined) return wrong('needs "for", how long it takes', 'MissingField')
    if (!(typeof control === 'number' && Number.isInteger(control)))
      return wrong(`"control" ${CONTROL}`, 'InvalidTraffic')
    return control >= 0 && control <= MOST_CONTROL
      ? read(said, control, '"for" must be')
      : wrong(`"control" ${CONTROL}`, 'InvalidTraffic')
  },
)

const CONTROL = `must be a whole number from 0 to ${MOST_CONTROL}, without quotes: percent that stays on the stable revision`

function read(said: Json, control: number, what: string): BakeField | ReturnType<typeof wrong> {
  const isNothing = said === 0 || said === '0'
  const forMs = isNothing ? 0 : typeof said === 'string' ? spanMs(said) : undefined
  if (forMs !== undefined && forMs <= LONGEST_MS) return { forMs, control }
  return wrong(`${what} a time span such as 30s, 10m or 1h30m, from 0s to 7d`, 'InvalidDuration')
}
