/// The ASCII character that looks most like a scalar beyond ASCII, `?` when none does.
///
/// For terminals whose encoding is not UTF-8: the C library would drop such cells without a trace.
package func asciiStandIn(for scalar: Unicode.Scalar) -> Unicode.Scalar {
  switch scalar {
  case "\u{a0}", "\u{2800}": " "
  case "×", "✕", "✗", "✘": "x"
  case "±": "+"
  case "…", "·", "•", "∙", "░": "."
  case "–", "—", "−", "─", "━", "═", "╌", "┄", "╴", "╶": "-"
  case "│", "┃", "║", "╎", "┆", "╵", "╷": "|"
  case "\u{2500}"..."\u{257f}": "+"
  case "▒": ":"
  case "\u{2580}"..."\u{259f}", "■", "◼": "#"
  case "\u{2801}"..."\u{28ff}": ":"
  case "↑", "▲", "△", "▴": "^"
  case "↓", "▼", "▽", "▾": "v"
  case "←", "◀", "◂", "‹", "≤", "«": "<"
  case "→", "▶", "▸", "›", "≥", "»": ">"
  case "●", "◆", "★", "✓", "✔": "*"
  case "○", "◇", "°": "o"
  case "≈", "∼": "~"
  case "‘", "’": "'"
  case "“", "”": "\""
  case "σ": "s"
  case "Δ": "d"
  case "µ", "μ": "u"
  default: "?"
  }
}
