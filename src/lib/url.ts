const URLS_MAX = 5000
const urls = new Map<string, URL>()

/** A URL taken apart, for reading only: the same few are asked for again and again, and several places look at each. */
export function urlOf(text: string): URL {
  const known = urls.get(text)
  if (known !== undefined) return known
  if (urls.size >= URLS_MAX) urls.clear()
  const url = new URL(text)
  urls.set(text, url)
  return url
}
