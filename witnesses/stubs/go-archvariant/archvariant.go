// Package archvariant stands for the module of that name, which knows newer processors.
package archvariant

// AMD64Variant says that this one can do what all can.
func AMD64Variant() string { return "v1" }
