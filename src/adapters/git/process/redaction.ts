import { basicOf } from './environment.ts'

const COMPLAINT = /^(?:fatal|error|remote:|ssh|command-line)|denied/i
const PROGRESS = /(?<!\d)\d{1,3}% \(|^remote: (?:Enumerating|Total)/

/** Git's complaint: its last lines that are one, short, without secrets, control or invisible characters. */
export function saidBy(stderr: string, secrets: readonly string[]): string {
  const lines = redact(stderr, secrets)
    .split(/[\r\n]+/)
    .filter((line) => line.trim() !== '')
  const complaints = lines.filter((line) => COMPLAINT.test(line) && !PROGRESS.test(line))
  return (complaints.length > 0 ? complaints : lines)
    .slice(-3)
    .join('; ')
    .replaceAll(/[\p{C}\u2028\u2029]/gu, '\ufffd')
    .slice(0, 500)
}

/** Replaces every secret, in each form in which git or a server might repeat it, and whatever looks like one in a URL. */
function redact(text: string, secrets: readonly string[]): string {
  const forms = secrets
    .filter((secret) => secret !== '')
    .flatMap((secret) => [
      secret,
      basicOf(secret),
      basicOf(secret).replace(/(?<!=)=+$/, ''),
      Buffer.from(secret)
        .toString('base64')
        .replace(/(?<!=)=+$/, ''),
      encodeURIComponent(secret),
    ])
  return forms
    .reduce((rest, form) => rest.replaceAll(form, '***'), text)
    .replaceAll(/:\/\/[^/@\s]*@/g, '://***@')
    .replaceAll(/(authorization:\s*\w+\s+)\S+/gi, '$1***')
}
