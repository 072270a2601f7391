/// An operation of a lowered expression. Operands are indexes of other steps or of the program's tables.
struct RuleStep: Sendable {
  /// Kind of an operation.
  enum Kind: UInt8, Sendable {
    /// The constant `a`.
    case constant
    /// The field in slot `a`.
    case slot
    /// The field in slot `a` of the document before the change.
    case oldSlot
    /// The document before the change, or null if the document is new.
    case old
    /// The variable `a`.
    case variable
    /// Field `b` (an index of names) of `a`.
    case field
    case index
    /// Whether the slot `a` has a value.
    case hasSlot, hasOldSlot
    /// Whether `a` has the field `b`.
    case hasField
    case not, and, or
    case conditional
    case equal, notEqual, less, lessOrEqual, greater, greaterOrEqual, isIn
    case size, startsWith, endsWith, contains
    /// Whether `a` matches the pattern `b`.
    case matches
    /// The list of the `b` steps whose indexes begin at `a` in the table of elements.
    case list
    /// `b` for each element of `a`, in variable `c`.
    case all, exists, filter
  }

  let kind: Kind
  var a: Int32 = 0
  var b: Int32 = 0
  var c: Int32 = 0
}
