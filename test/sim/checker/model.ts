/** Whether a deployment's model is the one that is meant: an asset id, or a name with its version. */
export function isModel(id: string, meant: string): boolean {
  const [name = '', version = ''] = meant
    .replace(/^azureml:/, '')
    .toLowerCase()
    .split(':')
  const text = id.toLowerCase()
  const tails = [
    `/${name}:${version}`,
    `:${name}:${version}`,
    `/models/${name}/versions/${version}`,
  ]
  return (
    text === meant.toLowerCase() ||
    text === `${name}:${version}` ||
    tails.some((tail) => text.endsWith(tail))
  )
}
