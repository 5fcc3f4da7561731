//! Decoded pictures on their way from a decoder process to the media worker: a few slots of
//! anonymous shared memory.

use std::io;
use std::os::fd::{AsFd, AsRawFd, FromRawFd, OwnedFd};
use std::ptr::NonNull;

use plenary_model::limits::{SOURCE_HEIGHT_MAX, SOURCE_WIDTH_MAX};

use crate::canvas::i420_bytes;

/// Slots of a ring: one being written, one being copied out, one that waits to be given back.
pub const SLOTS: u8 = 3;
/// Room of one slot. Memory is only taken for the bytes that are written, so a ring of small
/// pictures stays small.
const SLOT_BYTES: usize = i420_bytes(SOURCE_WIDTH_MAX, SOURCE_HEIGHT_MAX).next_multiple_of(4096);
const RING_BYTES: usize = SLOT_BYTES * SLOTS as usize;

/// The memory of one ring, mapped into this process.
#[derive(Debug)]
pub struct Ring {
    memory: NonNull<u8>,
    fd: OwnedFd,
}

// SAFETY: the mapping belongs to the ring alone and is reached through its methods only.
unsafe impl Send for Ring {}
// SAFETY: `read` and `write` copy whole pictures through raw pointers; the two sides keep out of
// each other's slots by their messages, and a side that breaks this spoils pixels, nothing else.
unsafe impl Sync for Ring {}

impl Ring {
    /// A new ring whose size can never be changed, so that no other process can take memory away
    /// under this one.
    pub fn create() -> io::Result<Self> {
        // SAFETY: the name is a valid C string.
        let fd = unsafe {
            libc::memfd_create(
                c"plenary-pictures".as_ptr(),
                libc::MFD_CLOEXEC | libc::MFD_ALLOW_SEALING,
            )
        };
        if fd < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: `fd` was just opened and is owned by nobody else.
        let fd = unsafe { OwnedFd::from_raw_fd(fd) };
        let seals = libc::F_SEAL_SHRINK | libc::F_SEAL_GROW | libc::F_SEAL_SEAL;
        // SAFETY: plain system calls on a descriptor that we own.
        let failed = unsafe {
            libc::ftruncate(fd.as_raw_fd(), RING_BYTES as libc::off_t) != 0
                || libc::fcntl(fd.as_raw_fd(), libc::F_ADD_SEALS, seals) != 0
        };
        if failed { Err(io::Error::last_os_error()) } else { Self::map(fd) }
    }

    /// The ring behind an inherited descriptor.
    pub fn open(fd: OwnedFd) -> io::Result<Self> {
        Self::map(fd)
    }

    fn map(fd: OwnedFd) -> io::Result<Self> {
        // SAFETY: a fresh shared mapping at an address that the kernel chooses.
        let memory = unsafe {
            libc::mmap(
                std::ptr::null_mut(),
                RING_BYTES,
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_SHARED,
                fd.as_raw_fd(),
                0,
            )
        };
        if memory == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        let memory = NonNull::new(memory.cast()).ok_or_else(io::Error::last_os_error)?;
        Ok(Self { memory, fd })
    }

    /// The descriptor, to be inherited by the decoder.
    pub fn fd(&self) -> impl AsFd + '_ {
        &self.fd
    }

    /// Copies rows, one after the other, to the start of a slot; false when they do not fit.
    pub fn write<'a>(&self, slot: u8, rows: impl Iterator<Item = &'a [u8]>) -> bool {
        let Some(start) = self.slot(slot, 0) else { return false };
        let mut at = 0;
        for row in rows {
            if SLOT_BYTES < at + row.len() {
                return false;
            }
            // SAFETY: `start + at + row.len()` lies inside the slot, checked above.
            unsafe { start.as_ptr().add(at).copy_from_nonoverlapping(row.as_ptr(), row.len()) };
            at += row.len();
        }
        true
    }

    /// Copies the start of a slot into `out`; false when there is no such slot or it is smaller.
    pub fn read(&self, slot: u8, out: &mut [u8]) -> bool {
        let Some(start) = self.slot(slot, out.len()) else { return false };
        // SAFETY: the slot has at least `out.len()` bytes, checked by `slot`.
        unsafe { start.as_ptr().copy_to_nonoverlapping(out.as_mut_ptr(), out.len()) };
        true
    }

    /// Gives the memory of all slots back to the system, after the picture size has changed.
    pub fn forget_memory(&self) {
        // SAFETY: punching a hole keeps the size; reading the hole gives zeros. When it fails the
        // memory simply stays taken.
        unsafe {
            libc::fallocate(
                self.fd.as_raw_fd(),
                libc::FALLOC_FL_PUNCH_HOLE | libc::FALLOC_FL_KEEP_SIZE,
                0,
                RING_BYTES as libc::off_t,
            )
        };
    }

    fn slot(&self, slot: u8, bytes: usize) -> Option<NonNull<u8>> {
        // SAFETY: slot numbers below SLOTS lie inside the mapping.
        (slot < SLOTS && bytes <= SLOT_BYTES)
            .then(|| unsafe { self.memory.add(usize::from(slot) * SLOT_BYTES) })
    }
}

impl Drop for Ring {
    fn drop(&mut self) {
        // SAFETY: the mapping was made with this length and ends with its owner.
        unsafe { libc::munmap(self.memory.as_ptr().cast(), RING_BYTES) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sides_see_one_memory_and_wrong_slots_are_refused() {
        let ring = Ring::create().expect("memory");
        let other = Ring::open(ring.fd().as_fd().try_clone_to_owned().expect("a descriptor"))
            .expect("maps");
        assert!(other.write(1, [[1u8; 4].as_slice(), &[2; 4]].into_iter()));
        let mut out = [0; 8];
        assert!(ring.read(1, &mut out));
        assert_eq!(out, [1, 1, 1, 1, 2, 2, 2, 2]);
        assert!(!ring.read(SLOTS, &mut out));
        assert!(!ring.write(0, [vec![0; SLOT_BYTES].as_slice(), &[0]].into_iter()));
        other.forget_memory();
        assert!(ring.read(1, &mut out));
        assert_eq!(out, [0; 8], "forgotten memory reads as zeros");
    }

    #[test]
    fn nobody_can_shrink_the_ring_under_the_worker() {
        let ring = Ring::create().expect("memory");
        // SAFETY: a plain system call on our own descriptor.
        assert_ne!(unsafe { libc::ftruncate(ring.fd.as_raw_fd(), 0) }, 0);
    }
}
