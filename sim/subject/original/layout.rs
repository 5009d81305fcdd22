//! Prints a C file with static assertions: each member in `boundary.rs` is a member of the header's
//! struct with the same offset and size, and each struct has the same size.
mod boundary;

fn main() {
    println!("#include <stddef.h>");
    for header in ["subject", "subject_copying", "subject_access"] {
        println!("#include \"sim/subject/{}.h\"", header);
    }
    boundary::each_member(&mut |name, bytes, member, offset, size| {
        println!("_Static_assert(sizeof(struct {}) == {}, \"{}\");", name, bytes, name);
        println!("_Static_assert(offsetof(struct {}, {}) == {}, \"{}.{}\");", name, member, offset, name, member);
        println!("_Static_assert(sizeof(((struct {} *)0)->{}) == {}, \"{}.{}\");", name, member, size, name, member);
    });
    println!("_Static_assert(AXPTR_SUBJECT_ABI == {}, \"abi\");", boundary::AXPTR_SUBJECT_ABI);
    println!("_Static_assert(AXPTR_READ == {}, \"read\");", boundary::AXPTR_READ);
    println!("_Static_assert(AXPTR_WRITE == {}, \"write\");", boundary::AXPTR_WRITE);
}
