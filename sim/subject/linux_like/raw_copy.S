/* The loops of copy_from_user, copy_to_user and clear_user. Each returns the exact number of bytes
 * at the end that were not moved. One side is user memory. Precondition: user memory is open.
 *
 * From 64 bytes on, a rep instruction moves all bytes: after a fault, its registers hold the
 * progress. Below 64 bytes, words are moved; after a fault, the accessible bytes of the word are
 * moved. */
#include "sim/subject/linux_like/ex_table.h"

        .text

/* size_t raw_copy(void *to, const void *from, size_t size) */
        .globl  raw_copy
        .hidden raw_copy
        .type   raw_copy, @function
raw_copy:
        movq    %rdx, %rcx
#ifdef BUG_EPILOGUE
        xorl    %eax, %eax
#endif
        cmpq    $64, %rcx
        jae     .Lcopy_string
.Lcopy_words:
#ifdef BUG_FEWER
        cmpq    $16, %rcx
#else
        cmpq    $8, %rcx
#endif
        jb      .Lcopy_bytes
#if defined(BUG_MORE) || defined(BUG_LARGER)
        subq    $8, %rcx
#endif
1:      movq    (%rsi), %r8
2:      movq    %r8, (%rdi)
#ifdef BUG_FEWER
3:      movq    8(%rsi), %r8
4:      movq    %r8, 8(%rdi)
        EX_TABLE(3b, .Lcopied)
        EX_TABLE(4b, .Lcopied)
        addq    $8, %rsi
        addq    $8, %rdi
        subq    $8, %rcx
#endif
        addq    $8, %rsi
        addq    $8, %rdi
#if !defined(BUG_MORE) && !defined(BUG_LARGER)
        subq    $8, %rcx
#endif
        jmp     .Lcopy_words
#if defined(BUG_MORE) || defined(BUG_NO_PROGRESS)
        EX_TABLE(1b, .Lcopied)
        EX_TABLE(2b, .Lcopied)
#elif defined(BUG_LARGER)
        EX_TABLE(1b, .Lcopied_less)
        EX_TABLE(2b, .Lcopied_less)
.Lcopied_less:
        addq    $64, %rcx
        jmp     .Lcopied
#elif defined(BUG_EPILOGUE)
        EX_TABLE(1b, .Lcopy_return)
        EX_TABLE(2b, .Lcopy_return)
#else
        EX_TABLE(1b, .Lcopy_bytes)
        EX_TABLE(2b, .Lcopy_bytes)
#endif
.Lcopy_bytes:
        testq   %rcx, %rcx
        jz      .Lcopied
1:      movb    (%rsi), %r8b
2:      movb    %r8b, (%rdi)
        EX_TABLE(1b, .Lcopied)
        EX_TABLE(2b, .Lcopied)
        incq    %rsi
        incq    %rdi
        decq    %rcx
        jmp     .Lcopy_bytes
.Lcopy_string:
1:      rep     movsb
        EX_TABLE(1b, .Lcopied)
.Lcopied:
        movq    %rcx, %rax
.Lcopy_return:
        ret
        .size   raw_copy, . - raw_copy

/* size_t raw_clear(void *to, size_t size) */
        .globl  raw_clear
        .hidden raw_clear
        .type   raw_clear, @function
raw_clear:
        movq    %rsi, %rcx
        xorl    %eax, %eax
        cmpq    $64, %rcx
        jae     .Lclear_string
.Lclear_words:
        cmpq    $8, %rcx
        jb      .Lclear_bytes
1:      movq    %rax, (%rdi)
        EX_TABLE(1b, .Lclear_bytes)
        addq    $8, %rdi
        subq    $8, %rcx
        jmp     .Lclear_words
.Lclear_bytes:
        testq   %rcx, %rcx
        jz      .Lcleared
1:      movb    %al, (%rdi)
        EX_TABLE(1b, .Lcleared)
        incq    %rdi
        decq    %rcx
        jmp     .Lclear_bytes
.Lclear_string:
1:      rep     stosb
        EX_TABLE(1b, .Lcleared)
.Lcleared:
        movq    %rcx, %rax
        ret
        .size   raw_clear, . - raw_clear

        .section .note.GNU-stack, "", @progbits
