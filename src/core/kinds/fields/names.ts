/** Endpoint and deployment names, FACTS 4: the service is stricter than its OpenAPI document. */
export function checkOnlineName(name: string): string | undefined {
  if (name.length < 3 || name.length > 32) return 'must be 3 to 32 characters long'
  if (!/^[a-zA-Z][-a-zA-Z0-9]*$/.test(name) || name.endsWith('-')) {
    return 'must begin with a letter, hold letters, digits and "-" only, and not end with "-"'
  }
  return undefined
}

/** Names of models, environments, data and codes (learn.microsoft.com, "Naming rules and restrictions"): dots are usual in them. */
export function checkAssetName(name: string): string | undefined {
  if (name.length > 255) return 'must be at most 255 characters long'
  if (!/^[a-zA-Z0-9][-_.a-zA-Z0-9]*$/.test(name)) {
    return 'must begin with a letter or digit and hold letters, digits, "-", "_" and "." only'
  }
  return undefined
}

/** Versions of assets; dots are usual in them (`1.0.0`). */
export function checkVersion(version: string): string | undefined {
  if (version.length > 255) return 'must be at most 255 characters long'
  if (!/^[a-zA-Z0-9][-_.a-zA-Z0-9]*$/.test(version)) {
    return 'must begin with a letter or digit and hold letters, digits, "-", "_" and "." only'
  }
  return undefined
}
