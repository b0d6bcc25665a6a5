import type { Answer } from '../call.ts'
import type { JsonObject } from '../contract.ts'
import { gatewayError } from '../errors.ts'

/** learn.microsoft.com, "Use tags to organize your Azure resources", Limitations. The sentences are ours. */
const TAGS_MAX = 50
const NAME_MAX = 512
const VALUE_MAX = 256
const RESERVED = /[<>%&\\?/]/

/** Why ARM does not take these tags of an endpoint or a deployment; names are the same in any case. */
export function refuseTags(tags: JsonObject): Answer | undefined {
  const names = Object.keys(tags)
  const lower = new Set(names.map((name) => name.toLowerCase()))
  if (names.length > TAGS_MAX)
    return refusal('InvalidTagCount', `A resource may have ${TAGS_MAX} tags, not ${names.length}.`)
  if (lower.size < names.length)
    return refusal('DuplicateTagName', 'Names of tags that differ by case only are the same.')
  const bad = names.find((name) => name === '' || name.length > NAME_MAX || RESERVED.test(name))
  if (bad !== undefined)
    return refusal(
      'InvalidTagNameCharacters',
      `The tag name '${bad}' is empty, longer than ${NAME_MAX} characters, or has one of <, >, %, &, \\, ?, /.`,
    )
  const long = names.find((name) => String(tags[name]).length > VALUE_MAX)
  return long === undefined
    ? undefined
    : refusal('InvalidTagValue', `The tag '${long}' is longer than ${VALUE_MAX} characters.`)
}

function refusal(code: string, message: string): Answer {
  return gatewayError(400, code, message)
}
