import { isObject, type JsonObject } from '../../model/values/json.ts'

/** One way a kind can be written, when one of its fields tells two apart. */
export interface Variant {
  readonly title: string
  readonly schema: JsonObject
}

/** JSON Schema of a kind with two forms: `special` where `when` fits, else `usual`. */
export function eitherSchema(when: JsonObject, special: Variant, usual: Variant): JsonObject {
  const { $schema: dialect = null, ...rest } = usual.schema
  const { $schema: _, ...other } = special.schema
  return {
    $schema: dialect,
    if: when,
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
    then: { title: special.title, ...other },
    else: { title: usual.title, ...rest },
  }
}

/** The same change to every form of a kind's schema. */
export function mapVariants(
  schema: JsonObject,
  change: (form: JsonObject) => JsonObject,
): JsonObject {
  const { then: special, else: usual } = schema
  if (!isObject(special) || !isObject(usual)) return change(schema)
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
  return { ...schema, then: change(special), else: change(usual) }
}

/** The forms of a kind's schema; one without a title when it has only one. */
export function variantsOf(schema: JsonObject): readonly JsonObject[] {
  const forms = [schema.else, schema.then].filter(isObject)
  return forms.length > 0 ? forms : [schema]
}
