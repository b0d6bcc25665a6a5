/** What a manifest declares in place is named by its content: eight of the 32 hex digits tell it apart. */
export function assetText(name: string): string {
  return name.replace(/^(vg-[0-9a-f]{8})[0-9a-f]{24}(?=:|$)/, '$1')
}
