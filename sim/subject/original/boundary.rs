//! The boundary of `sim/subject/subject.h`, as Rust sees it: the same structs, member by member.
//!
//! `layout.rs` generates C assertions from the members, which the header must satisfy.
#![allow(non_camel_case_types)] // the names of the header

pub const AXPTR_SUBJECT_ABI: u32 = 1;
#[allow(dead_code)] // Rust 1.63 does not see the use in an assertion
pub const AXPTR_READ: u32 = 1;
pub const AXPTR_WRITE: u32 = 2;

/// A function of the header that the original does not offer: null.
pub type NotOffered = Option<extern "C" fn()>;

/// Declares structs with the C layout, and `each_member`, which visits all members.
macro_rules! mirror {
    ($($(#[$note:meta])* struct $name:ident { $($member:ident: $kind:ty,)* })*) => {
        $($(#[$note])* #[repr(C)] pub struct $name { $(pub $member: $kind,)* })*

        /// Calls `see(struct, its bytes, member, offset in bytes, size in bytes)` for each member.
        #[allow(dead_code)] // of the subject itself; layout.rs calls it
        pub fn each_member(see: &mut dyn FnMut(&str, usize, &str, usize, usize)) {
            $({
                let place = core::mem::MaybeUninit::<$name>::uninit();
                let start = place.as_ptr();
                $({
                    // Sound: the address of the member is computed, and the member is not read.
                    let member = unsafe { core::ptr::addr_of!((*start).$member) };
                    see(stringify!($name), core::mem::size_of::<$name>(), stringify!($member),
                        member as usize - start as usize, core::mem::size_of::<$kind>());
                })*
            })*
        }
    };
}

mirror! {
    #[derive(Clone, Copy)]
    struct axptr_element {
        size: usize,
        align: usize,
    }

    struct axptr_lent {
        start: u64,
        count: usize,
    }

    struct axptr_machine {
        abi: u32,
        size_bytes: u32,
        lock: extern "C" fn() -> i32,
        unlock: extern "C" fn(),
        check: extern "C" fn(start: u64, size: u64, rights: u32) -> bool,
        populate: extern "C" fn(start: u64, size: u64, rights: u32) -> i32,
        attempt: NotOffered,
        user_access: *const u8,
    }

    struct axptr_subject {
        abi: u32,
        size_bytes: u32,
        name: *const u8,
        reports_loads: bool,
        attach: extern "C" fn(machine: *const axptr_machine),
        faults_allowed: extern "C" fn() -> bool,
        allow_faults: extern "C" fn(allowed: bool),
        takes_element: extern "C" fn(element: axptr_element) -> bool,
        lend_value: extern "C" fn(u64, axptr_element, u32, *mut axptr_lent) -> i32,
        lend_slice: extern "C" fn(u64, axptr_element, usize, u32, *mut axptr_lent) -> i32,
        lend_terminated: extern "C" fn(u64, axptr_element, u32, *mut axptr_lent) -> i32,
        lend_text: extern "C" fn(u64, *mut axptr_lent) -> i32,
        copy_text: NotOffered,
        access_value: NotOffered,
        access_slice: NotOffered,
        with_faults_allowed: NotOffered,
        copy_in: NotOffered,
        copy_from_user: NotOffered,
        reports_stores: bool,
        find_fixup: NotOffered,
        copy_out: NotOffered,
        copy_to_user: NotOffered,
        zero: NotOffered,
        clear_user: NotOffered,
        contract: *const u8,
        copying: *const u8,
        switching: *const u8,
        counts_exactly: bool,
        user_start: u64,
        user_end: u64,
    }
}

// Sound: a subject is never modified.
unsafe impl Sync for axptr_subject {}
