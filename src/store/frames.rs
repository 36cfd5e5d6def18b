//! The frames of a commit reach the write-ahead log in one piece.
//!
//! SQLite writes each frame with two calls of the system, one for its header and one for its page: some fifty for a
//! commit of ten requests, and the calls cost more than the bytes. [`commit`] gathers the frames, and a commit of up to
//! 31 of them takes two: everything before its last page, and that page.
//!
//! This is a shim over the system's own VFS (<https://www.sqlite.org/vfs.html#shim>), and all it changes is how a log is
//! written; databases, their locks and their shared memory are the system's. The log gets the bytes, the places and the
//! order that SQLite chose. Frames are held back inside of a COMMIT only, while its connection has the lock for writing,
//! and no longer than to the header of the frame that commits: before the log is synced, and before the header of the
//! index makes any of them visible. A process that ends before that leaves what it would have left without: frames that
//! no commit follows, which nobody reads (<https://www.sqlite.org/fileformat2.html#walread>).

// SQLite calls this module, and its interface is C's: the only place of the crate without the compiler's guarantees.
#![allow(unsafe_code)]

use std::{
    cell::RefCell,
    ffi::{CStr, c_char, c_int, c_void},
    ops::Range,
    ptr, slice,
    sync::OnceLock,
};

use rusqlite::{
    Connection,
    ffi::{self, sqlite3_file, sqlite3_io_methods, sqlite3_vfs},
};

use super::Error;

/// What the VFS is called among those of the process.
const NAME: &CStr = c"bkend";

/// Bytes of a frame's header (<https://www.sqlite.org/fileformat2.html#walformat>). Until a commit is complete, SQLite
/// writes nothing else of that length: the smallest page has 512.
const HEADER: usize = 24;

/// Where a frame's header has the size of the database after the commit that it ends; others have zero there.
const COMMITS: Range<usize> = 4..8;

/// Bytes in one piece, at most. SQLite itself writes no more than a page of 64 KiB at once, and its VFS for Unix takes
/// fewer than 128.
const PIECE: usize = (128 << 10) - 1;

thread_local! {
    static GATHERED: RefCell<Gathered> = const { RefCell::new(Gathered::new()) };
}

/// Commits on a connection that was opened with [`vfs`], or leaves nothing of its transaction.
///
/// # Errors
/// When nothing was committed.
pub(super) fn commit(connection: &Connection) -> Result<(), Error> {
    let mut commit = connection.prepare_cached("COMMIT")?;
    GATHERED.with_borrow_mut(Gathered::begin);
    let result = commit.execute([]);
    // What is left is of a commit that failed before its last frame.
    GATHERED.with_borrow_mut(Gathered::end);
    if result.is_err() && !connection.is_autocommit() {
        // Committed later, it would lack the frames that were given up. Why it failed matters more than how this ends.
        let _ = connection.execute_batch("ROLLBACK");
    }
    Ok(result.map(drop)?)
}

/// Frames that follow one another in a log, and are not in it yet.
struct Gathered {
    is_gathering: bool,
    log: *mut sqlite3_file,
    offset: i64,
    bytes: Vec<u8>,
}

/// What goes into a log with one call.
#[derive(Clone, Copy)]
struct Piece<'a> {
    log: *mut sqlite3_file,
    offset: i64,
    bytes: &'a [u8],
}

impl Gathered {
    const fn new() -> Self {
        Self { is_gathering: false, log: ptr::null_mut(), offset: 0, bytes: Vec::new() }
    }

    fn begin(&mut self) {
        self.is_gathering = true;
    }

    fn end(&mut self) {
        self.is_gathering = false;
        self.bytes.clear();
    }

    /// Takes a piece, and gives `system` what is due.
    fn write(&mut self, piece: Piece<'_>, system: impl Fn(Piece<'_>) -> c_int) -> c_int {
        let is_header = piece.bytes.len() == HEADER;
        if !self.is_gathering || (self.bytes.is_empty() && !is_header) {
            return system(piece);
        }
        if !self.continues_with(piece) {
            let code = self.flush(&system);
            if code != ffi::SQLITE_OK {
                return code;
            }
            (self.log, self.offset) = (piece.log, piece.offset);
        }
        self.bytes.extend_from_slice(piece.bytes);
        if is_header && piece.bytes[COMMITS] != [0; 4] {
            self.is_gathering = false;
            return self.flush(&system);
        }
        ffi::SQLITE_OK
    }

    fn continues_with(&self, piece: Piece<'_>) -> bool {
        let end = i64::try_from(self.bytes.len()).ok().and_then(|length| self.offset.checked_add(length));
        !self.bytes.is_empty()
            && self.log == piece.log
            && end == Some(piece.offset)
            && self.bytes.len() + piece.bytes.len() <= PIECE
    }

    fn flush(&mut self, system: impl Fn(Piece<'_>) -> c_int) -> c_int {
        if self.bytes.is_empty() {
            return ffi::SQLITE_OK;
        }
        let code = system(Piece { log: self.log, offset: self.offset, bytes: &self.bytes });
        self.bytes.clear();
        code
    }
}

/// The VFS as SQLite has it, and behind it the one that it goes on to.
#[repr(C)]
struct Shim {
    base: sqlite3_vfs,
    system: *mut sqlite3_vfs,
}

/// The methods of a log: the system's, and those with ours among them.
struct Methods {
    system: &'static sqlite3_io_methods,
    own: sqlite3_io_methods,
}

static METHODS: OnceLock<Methods> = OnceLock::new();

/// The name to open a connection with on which [`commit`] is called.
pub(super) fn vfs() -> Result<&'static CStr, Error> {
    static REGISTERED: OnceLock<c_int> = OnceLock::new();
    match *REGISTERED.get_or_init(register) {
        ffi::SQLITE_OK => Ok(NAME),
        code => Err(rusqlite::Error::SqliteFailure(ffi::Error::new(code), None).into()),
    }
}

fn register() -> c_int {
    // SAFETY: SQLite's own VFS is there from the first call on and for as long as the process is. So is its copy, which
    // is leaked. The functions in it know no difference: what they need of their VFS is copied with them.
    unsafe {
        let system = ffi::sqlite3_vfs_find(ptr::null());
        if system.is_null() {
            return ffi::SQLITE_ERROR;
        }
        let base = sqlite3_vfs { zName: NAME.as_ptr(), pNext: ptr::null_mut(), xOpen: Some(open), ..*system };
        ffi::sqlite3_vfs_register(Box::into_raw(Box::new(Shim { base, system })).cast(), 0)
    }
}

/// # Safety
/// SQLite's, which calls it with the `Shim` that was registered and the place for a file of its system's VFS.
unsafe extern "C" fn open(
    shim: *mut sqlite3_vfs,
    name: *const c_char,
    file: *mut sqlite3_file,
    flags: c_int,
    opened: *mut c_int,
) -> c_int {
    // SAFETY: the arguments go on to the VFS that they are for. Its tables of methods are statics, and whole, because
    // they were compiled with the interface that this crate is linked with.
    unsafe {
        let system = (*shim.cast::<Shim>()).system;
        let Some(open) = (*system).xOpen else {
            (*file).pMethods = ptr::null();
            return ffi::SQLITE_CANTOPEN;
        };
        let code = open(system, name, file, flags, opened);
        if flags & ffi::SQLITE_OPEN_WAL != 0
            && let Some(methods) = (*file).pMethods.as_ref()
        {
            let known = METHODS.get_or_init(|| Methods {
                system: methods,
                own: sqlite3_io_methods { xRead: Some(read), xWrite: Some(write), xSync: Some(sync), ..*methods },
            });
            // A log of another kind than the first stays the system's.
            if ptr::eq(known.system, methods) {
                (*file).pMethods = &raw const known.own;
            }
        }
        code
    }
}

/// # Safety
/// SQLite's, which calls it with a log that is open, and a buffer of that length.
unsafe extern "C" fn write(log: *mut sqlite3_file, from: *const c_void, length: c_int, offset: i64) -> c_int {
    // SAFETY: SQLite's promise.
    let bytes = unsafe { slice::from_raw_parts(from.cast(), usize::try_from(length).unwrap_or_default()) };
    let piece = Piece { log, offset, bytes };
    // Nothing is gathered where a connection is closed while its thread ends.
    GATHERED.try_with(|gathered| gathered.borrow_mut().write(piece, to_system)).unwrap_or_else(|_| to_system(piece))
}

/// # Safety
/// SQLite's, as for [`write()`].
unsafe extern "C" fn read(log: *mut sqlite3_file, into: *mut c_void, length: c_int, offset: i64) -> c_int {
    // SAFETY: SQLite's promise; the arguments go on to the method that they are for.
    after_flush(|system| system.xRead.map(|read| unsafe { read(log, into, length, offset) }))
}

/// # Safety
/// SQLite's, which calls it with a log that is open.
unsafe extern "C" fn sync(log: *mut sqlite3_file, flags: c_int) -> c_int {
    // SAFETY: SQLite's promise; the arguments go on to the method that they are for.
    after_flush(|system| system.xSync.map(|sync| unsafe { sync(log, flags) }))
}

/// SQLite neither reads nor syncs a log between the first frame of a commit and the last. If it did, this is what it
/// would have to find.
fn after_flush(call: impl FnOnce(&sqlite3_io_methods) -> Option<c_int>) -> c_int {
    match GATHERED.try_with(|gathered| gathered.borrow_mut().flush(to_system)) {
        Ok(ffi::SQLITE_OK) | Err(_) => {
            METHODS.get().and_then(|methods| call(methods.system)).unwrap_or(ffi::SQLITE_IOERR)
        }
        Ok(code) => code,
    }
}

fn to_system(piece: Piece<'_>) -> c_int {
    match (METHODS.get().and_then(|methods| methods.system.xWrite), c_int::try_from(piece.bytes.len())) {
        (Some(write), Ok(length)) => {
            // SAFETY: a piece is of the log that SQLite is writing, or was gathered since the COMMIT that it is inside
            // of began, whose connection keeps its log open; pointer and length are those of a slice.
            unsafe { write(piece.log, piece.bytes.as_ptr().cast(), length, piece.offset) }
        }
        _ => ffi::SQLITE_IOERR_WRITE,
    }
}

#[cfg(test)]
mod tests;
