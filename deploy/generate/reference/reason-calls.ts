import ts from 'typescript'

/** A reason as the code says it: its name, and the text that goes with it, `…` where that has values in it. */
export interface SaidReason {
  readonly reason: string
  /** '' when the text is made elsewhere. */
  readonly message: string
  /** Where it holds something: whether that ends by itself. */
  readonly state?: 'waiting' | 'blocked'
}

const NAME = /^[A-Z][a-z]+(?:[A-Z][a-z]+)*$/

/** Functions and classes that are given a reason, by name. */
const MAKERS: ReadonlySet<string> = new Set([
  ...['blocked', 'waiting', 'issue', 'wrong', 'stop', 'hold', 'text', 'failed', 'said', 'notText'],
  ...[
    'SourceError',
    'CloudError',
    'NoData',
    'refusal',
    'refused',
    'problem',
    'obstacle',
    'fail',
    'noData',
  ],
])

/** Every reason that a source file gives, in its order: `{ reason: 'X', message }`, `blocked(ref, 'X', '…')`, `new NoData('X', …)`. */
export function reasonsIn(path: string, text: string): readonly SaidReason[] {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true)
  const found: SaidReason[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isObjectLiteralExpression(node)) found.push(...inObject(node))
    if (ts.isCallExpression(node) || ts.isNewExpression(node)) found.push(...inCall(node))
    ts.forEachChild(node, visit)
  }
  visit(file)
  return found
}

function inObject(node: ts.ObjectLiteralExpression): readonly SaidReason[] {
  const reason = fieldOf(node, 'reason')
  if (reason === undefined) return []
  const message = fieldOf(node, 'message')
  const state = stateOf(fieldOf(node, 'state')?.getText().replaceAll("'", ''))
  return namesIn(reason).map((name) => ({ reason: name, message: textOf(message, node), ...state }))
}

function inCall(node: ts.CallExpression | ts.NewExpression): readonly SaidReason[] {
  if (!MAKERS.has(node.expression.getText())) return []
  const all = [...(node.arguments ?? [])]
  const at = all.findIndex((one) => namesIn(one).length > 0)
  const one = all[at]
  if (one === undefined) return []
  const message = all.filter((_, index) => index !== at).map((other) => textOf(other, node))
  const longest = message.toSorted((a, b) => b.length - a.length)[0] ?? ''
  const state = stateOf(node.expression.getText())
  return namesIn(one).map((reason) => ({ reason, message: longest, ...state }))
}

function stateOf(word: string | undefined): Pick<SaidReason, 'state'> {
  return word === 'waiting' || word === 'blocked' ? { state: word } : {}
}

/** The names that an expression may be: a literal, or either side of a choice. */
function namesIn(node: ts.Expression): readonly string[] {
  if (ts.isAsExpression(node) || ts.isParenthesizedExpression(node)) return namesIn(node.expression)
  if (ts.isConditionalExpression(node))
    return [...namesIn(node.whenTrue), ...namesIn(node.whenFalse)]
  if (ts.isBinaryExpression(node)) return [...namesIn(node.left), ...namesIn(node.right)]
  return ts.isStringLiteral(node) && NAME.test(node.text) ? [node.text] : []
}

function fieldOf(node: ts.ObjectLiteralExpression, name: string): ts.Expression | undefined {
  for (const property of node.properties) {
    if (property.name?.getText() !== name) continue
    if (ts.isPropertyAssignment(property)) return property.initializer
    if (ts.isShorthandPropertyAssignment(property)) return property.name
  }
  return undefined
}

/** The words of an expression; of a name, what the nearest `const` of that name before it says. */
function textOf(node: ts.Expression | undefined, from: ts.Node): string {
  if (node === undefined) return ''
  if (ts.isStringLiteralLike(node)) return NAME.test(node.text) ? '' : node.text
  if (ts.isTemplateExpression(node))
    return node.head.text + node.templateSpans.map(({ literal }) => `…${literal.text}`).join('')
  if (ts.isIdentifier(node)) return textOf(constantNamed(node.text, from), from)
  if (ts.isConditionalExpression(node))
    return textOf(node.whenTrue, from) || textOf(node.whenFalse, from)
  return ''
}

function constantNamed(name: string, from: ts.Node): ts.Expression | undefined {
  for (let scope: ts.Node | undefined = from.parent; scope !== undefined; scope = scope.parent) {
    if (!ts.isBlock(scope) && !ts.isSourceFile(scope)) continue
    const found = declaredIn(scope, name)
    if (found !== undefined) return found
  }
  return undefined
}

function declaredIn(scope: ts.Block | ts.SourceFile, name: string): ts.Expression | undefined {
  for (const statement of scope.statements) {
    if (!ts.isVariableStatement(statement)) continue
    for (const { name: own, initializer } of statement.declarationList.declarations)
      if (ts.isIdentifier(own) && own.text === name) return initializer
  }
  return undefined
}
