//! Witness tools, hermetic environments and fault injection for the tests of Plimsoll.
