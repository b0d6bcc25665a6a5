import { field, wrong } from '../../kinds/fields/fields.ts'
import { isObject } from '../../model/values/json.ts'
import type { TemplateUse } from './step.ts'

const NAME = /^[a-z0-9][-a-z0-9]{0,62}$/

/** `errors`, or `{ template: errors, args: { name: value } }`. */
export const templateUse = field<TemplateUse>({ type: ['string', 'object'] }, (value) => {
  if (typeof value === 'string')
    return NAME.test(value)
      ? { template: value, args: {} }
      : wrong('must be the name of a template')
  if (!isObject(value) || typeof value.template !== 'string' || !NAME.test(value.template))
    return wrong('must be the name of a template, or "template" and "args"')
  const { template, args = {}, ...others } = value
  const [extra] = Object.keys(others)
  if (extra !== undefined) return wrong(`has an unknown field "${extra}"`, 'UnknownField')
  if (
    !isObject(args) ||
    !Object.values(args).every((one) => ['string', 'number'].includes(typeof one))
  )
    return wrong('"args" must be a mapping of names to texts')
  const texts = Object.entries(args).map(([name, text]) => [name, String(text)])
  return { template, args: Object.fromEntries(texts) }
})
