import { type LabelRef, labelKey } from '../../../core/model/desired.ts'
import { isObject, type JsonObject, textIn } from '../../../core/model/values/json.ts'
import { readPages } from '../http/pages.ts'
import { orNothing, type Reading, wantedBody } from './reading.ts'

/**
 * The version a label points at; undefined when it does not resolve. `latest` is the newest by creation, as the CLI finds
 * it (FACTS 5.1). Other labels are known of environments only, which carry them in a property (FACTS 1.6).
 */
export function versionOf(
  reading: Reading,
  label: LabelRef,
  signal: AbortSignal,
): Promise<string | undefined> {
  return orNothing(reading, signal, () => {
    if (label.label === 'latest') return newest(reading, label, signal)
    return label.kind === 'Environment'
      ? labelled(reading, label, signal)
      : Promise.resolve(undefined)
  })
}

async function newest(
  reading: Reading,
  label: LabelRef,
  signal: AbortSignal,
): Promise<string | undefined> {
  const response = await reading.client.newest(label, signal)
  if (response.status === 404) return undefined
  const body = wantedBody(reading, response, `LIST ${labelKey(label)}`)
  const [first] = Array.isArray(body.value) ? body.value : []
  return isObject(first) && typeof first.name === 'string' ? first.name : undefined
}

/** A label is on one version; a list that ends early cannot say that it is on none other. */
async function labelled(
  { client, limits, clock }: Reading,
  { name, label }: LabelRef,
  signal: AbortSignal,
): Promise<string | undefined> {
  const collection = { kind: 'Environment', parent: name } as const
  const options = { client, limits, now: clock.now, signal }
  const { items, complete } = await readPages(collection, options)
  const versions = items.filter((item) => labelsOf(item).includes(label))
  return complete && versions.length === 1 ? textIn(versions[0]?.name) : undefined
}

function labelsOf(item: JsonObject): readonly string[] {
  const properties = isObject(item.properties) ? item.properties.properties : undefined
  const labels = isObject(properties) ? properties['azureml.labels'] : undefined
  return typeof labels === 'string' ? labels.split(',').map((label) => label.trim()) : []
}
