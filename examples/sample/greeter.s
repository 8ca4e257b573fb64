# What bin/greeter-amd64 is made of; bin/greeter-arm64 is the same for its processor. Nothing is linked to it.
#
#   as greeter.s -o greeter.o && ld --strip-all -o greeter greeter.o
	.globl	_start
_start:
	mov	$1, %edi                # to standard output
	lea	message(%rip), %rsi
	mov	$length, %edx
	mov	$1, %eax                # write
	syscall
	xor	%edi, %edi
	mov	$60, %eax               # exit
	syscall
message:
	.ascii	"Hello from the greeter. A release is a promise.\n"
	.set	length, . - message
