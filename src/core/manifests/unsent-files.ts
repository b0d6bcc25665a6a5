import type { Desired } from '../model/desired.ts'
import { isObject, type Json } from '../model/values/json.ts'

const OPTION = /^\s*(?:-r|-c|-e|--requirement|--constraint|--editable)(?:[ =]|$)/
const LOCAL = /^\s*(?:\.{0,2}\/|file:)|^[^:@]*\.(?:whl|zip|tar\.gz|conda|tar\.bz2)\s*$/

/**
 * The first line of a conda file that names a file beside it: the conda file alone is sent, so that the image cannot be
 * built. `-e git+https://…` is no file. undefined: there is none.
 */
export function unsentFileIn({ ref, spec }: Desired): string | undefined {
  const { dependencies } = isObject(spec.conda_file) ? spec.conda_file : {}
  if (ref.kind !== 'Environment' || !Array.isArray(dependencies)) return undefined
  return dependencies.flatMap(packagesIn).find(isFile)
}

function packagesIn(item: Json): readonly string[] {
  if (typeof item === 'string') return [item]
  const { pip } = isObject(item) ? item : {}
  return Array.isArray(pip) ? pip.filter((one) => typeof one === 'string') : []
}

function isFile(text: string): boolean {
  return LOCAL.test(text) || (OPTION.test(text) && !text.includes('://'))
}
