/** `LabelNotResolved` as `label_not_resolved`: how a reason is spelt in a label. */
export function snakeCase(reason: string): string {
  return reason
    .slice(0, 100)
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
}
