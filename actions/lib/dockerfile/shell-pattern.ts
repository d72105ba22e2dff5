/** Shell patterns as `${X#pattern}` and `${X/pattern/text}` use them: `*` any text, `?` one character, no brackets. */

/** A word that BuildKit refuses to expand; the message says what is wrong with it. */
export class ExpansionError extends Error {}

/** Returns the value without its shortest (or longest) prefix that matches. @throws ExpansionError */
export function withoutPrefix(value: string, pattern: string, longest: boolean): string {
  const match = toRegExp(pattern, longest, '^').exec(value);
  return match === null ? value : value.slice(match[0].length);
}

/** Returns the value without its shortest (or longest) suffix that matches. @throws ExpansionError */
export function withoutSuffix(value: string, pattern: string, longest: boolean): string {
  // Searching the reversed text from the left finds the shortest suffix, which a regular expression cannot do directly.
  return reversed(withoutPrefix(reversed(value), reversedPattern(pattern), longest));
}

/** Returns the value with the first match replaced; the replacement is taken literally. @throws ExpansionError */
export function replaceFirst(value: string, pattern: string, replacement: string): string {
  return value.replace(toRegExp(pattern, true, ''), () => replacement);
}

/**
 * Returns the value with all matches replaced. As in Go's `Regexp.ReplaceAllString`, an empty match right after
 * another match does not count, and `$0`, `${0}`, `$$` and `$name` in the replacement are templates.
 *
 * @throws ExpansionError
 */
export function replaceAll(value: string, pattern: string, replacement: string): string {
  let result = '';
  let end = 0;
  for (const match of value.matchAll(new RegExp(toRegExp(pattern, true, '').source, 'gu'))) {
    if (match[0] === '' && match.index === end && end > 0) continue;
    result += value.slice(end, match.index) + fillTemplate(replacement, match[0]);
    end = match.index + match[0].length;
  }
  return result + value.slice(end);
}

function fillTemplate(template: string, whole: string): string {
  return template.replace(
    /\$(?:(\$)|([\p{L}\p{Nd}_]+)|\{([\p{L}\p{Nd}_]+)\})/gu,
    (_text, dollar: string | undefined, bare: string | undefined, braced: string | undefined) => {
      if (dollar !== undefined) return '$';
      return (bare ?? braced) === '0' ? whole : '';
    },
  );
}

function toRegExp(pattern: string, longest: boolean, anchor: '^' | ''): RegExp {
  let source: string = anchor;
  const chars = [...pattern];
  for (let at = 0; at < chars.length; at++) {
    const char = chars[at] ?? '';
    if (char === '*') source += longest ? '[^\\n]*' : '[^\\n]*?';
    else if (char === '?') source += '[^\\n]';
    else if (char !== '\\') source += char.replace(/[[\]{}.+()|^$]/, '\\$&');
    // The escape of `}` and `/` belongs to the `${…}` around the pattern.
    else if (chars[at + 1] !== '}' && chars[at + 1] !== '/') {
      const escaped = chars[++at];
      if (escaped === undefined || !'*?\\'.includes(escaped)) {
        throw new ExpansionError(
          `pattern "${pattern}" escapes "${escaped ?? ''}"; only \\*, \\?, \\\\, \\} and \\/ are allowed`,
        );
      }
      source += `\\${escaped}`;
    }
  }
  return new RegExp(source, 'u');
}

function reversed(text: string): string {
  return [...text].reverse().join('');
}

function reversedPattern(pattern: string): string {
  return (pattern.match(/\\.|./gsu) ?? []).reverse().join('');
}
