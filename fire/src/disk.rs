//! A disk that fails on command (`shim/disk.c`), and what a power cut leaves of it.

use onedoor::demo::dice::Dice;
use std::{
    collections::HashMap,
    fs::{self, File},
    io::Read as _,
    os::unix::fs::{FileExt as _, MetadataExt as _},
    path::{Path, PathBuf},
    process::Command,
};

const SOURCE: &str = include_str!("../shim/disk.c");
const MAGIC: u32 = 0x4649_5245;
/// What a disk writes whole or not at all.
const SECTOR: usize = 512;

/// The disk under one data folder.
#[derive(Clone, Debug)]
pub struct Disk {
    library: PathBuf,
    watch: PathBuf,
    notes: PathBuf,
    control: PathBuf,
}

/// What can be switched on and off while the program runs.
#[derive(Clone, Copy, Debug)]
pub enum Switch {
    /// Files cannot grow (ENOSPC).
    Full = 0,
    /// Nothing can be written (EROFS).
    ReadOnly = 4,
    /// Nothing can be flushed (EIO).
    SyncFails = 8,
    /// Every write and flush takes so many microseconds longer.
    SlowMicros = 12,
}

/// How the power goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// Every write that was not flushed is gone.
    AllGone,
    /// Some of the writes that were not flushed reached the disk, in any order, the others not; single ones half.
    SomeTorn,
}

/// What a power cut took back.
#[derive(Clone, Copy, Debug, Default)]
pub struct Taken {
    /// Writes that were not flushed.
    pub writes: u64,
    /// Files that had any.
    pub files: u64,
}

impl Disk {
    /// Makes the library with the machine's C compiler and a disk for a folder; `place` holds what it needs.
    ///
    /// # Errors
    /// When there is no C compiler.
    pub fn make(place: &Path, watch: &Path) -> Result<Disk, String> {
        let library = place.join("libdisk.so");
        let source = place.join("disk.c");
        fs::write(&source, SOURCE).map_err(|error| error.to_string())?;
        let made = Command::new("cc")
            .args(["-shared", "-fPIC", "-O2", "-o"])
            .arg(&library)
            .arg(&source)
            .output()
            .map_err(|error| format!("cc: {error}"))?;
        if !made.status.success() {
            return Err(format!("cc: {}", String::from_utf8_lossy(&made.stderr)));
        }
        let (notes, control) = (place.join("notes"), place.join("control"));
        fs::create_dir_all(&notes).map_err(|error| error.to_string())?;
        fs::write(&control, [0; 4096]).map_err(|error| error.to_string())?;
        Ok(Disk { library, watch: watch.to_owned(), notes, control })
    }

    /// Puts a program on this disk.
    pub fn under(&self, command: &mut Command) {
        command
            .env("LD_PRELOAD", &self.library)
            .env("FIRE_WATCH", &self.watch)
            .env("FIRE_LOG", &self.notes)
            .env("FIRE_CONTROL", &self.control);
    }

    /// Switches a failure on (or off with 0), at once.
    ///
    /// # Errors
    /// When the control page cannot be written.
    pub fn set(&self, switch: Switch, value: u32) -> Result<(), String> {
        let page = File::options().write(true).open(&self.control).map_err(|error| error.to_string())?;
        page.write_all_at(&value.to_ne_bytes(), switch as u64).map_err(|error| error.to_string())
    }

    /// Writes, flushes and refused writes since the disk was made.
    #[must_use]
    pub fn counts(&self) -> [u64; 3] {
        let page = fs::read(&self.control).unwrap_or_default();
        [16, 24, 32].map(|at| {
            page.get(at..at + 8).map_or(0, |bytes| u64::from_ne_bytes(bytes.try_into().unwrap_or_default()))
        })
    }

    /// The power goes, after the program was killed: takes the writes back that were not flushed.
    ///
    /// # Errors
    /// When files cannot be read or written.
    pub fn power_cut(&self, cut: Cut, dice: &mut Dice) -> Result<Taken, String> {
        let files = by_inode(&self.watch);
        let mut taken = Taken::default();
        for entry in fs::read_dir(&self.notes).map_err(|error| error.to_string())?.flatten() {
            let inode: u64 = entry.file_name().to_string_lossy().parse().unwrap_or(0);
            let notes = read_notes(&entry.path())?;
            if let Some(file) = files.get(&inode).filter(|_| !notes.is_empty()) {
                take_back(file, &notes, cut, dice).map_err(|error| format!("{}: {error}", file.display()))?;
                taken.writes += notes.len() as u64;
                taken.files += 1;
            }
            fs::remove_file(entry.path()).map_err(|error| error.to_string())?;
        }
        // The index of the write-ahead log is shared memory: it does not survive.
        for file in files.values().filter(|file| file.to_string_lossy().ends_with("-shm")) {
            fs::remove_file(file).map_err(|error| error.to_string())?;
        }
        Ok(taken)
    }
}

/// A change that was not flushed.
struct Note {
    truncated: bool,
    offset: u64,
    size_before: u64,
    old: Vec<u8>,
    new: Vec<u8>,
}

fn by_inode(folder: &Path) -> HashMap<u64, PathBuf> {
    let mut found = HashMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            match entry.metadata() {
                Ok(about) if about.is_dir() => folders.push(entry.path()),
                Ok(about) => {
                    found.insert(about.ino(), entry.path());
                }
                Err(_) => {}
            }
        }
    }
    found
}

/// Reads the notes of a file; one that was only begun belongs to a write that was never made.
fn read_notes(path: &Path) -> Result<Vec<Note>, String> {
    let mut bytes = Vec::new();
    File::open(path).and_then(|mut file| file.read_to_end(&mut bytes)).map_err(|error| error.to_string())?;
    let mut rest = &bytes[..];
    let mut notes = Vec::new();
    while let Some((note, after)) = read_note(rest)? {
        notes.push(note);
        rest = after;
    }
    Ok(notes)
}

fn read_note(bytes: &[u8]) -> Result<Option<(Note, &[u8])>, String> {
    let Some((head, rest)) = bytes.split_at_checked(40) else { return Ok(None) };
    let half = |at: usize| u32::from_ne_bytes(head[at..at + 4].try_into().unwrap_or_default());
    let whole = |at: usize| u64::from_ne_bytes(head[at..at + 8].try_into().unwrap_or_default());
    if half(0) != MAGIC {
        return Err("the notes of the disk are damaged".into());
    }
    let length = |at: usize| usize::try_from(whole(at)).unwrap_or(usize::MAX);
    let Some((old, rest)) = rest.split_at_checked(length(24)) else { return Ok(None) };
    let Some((new, rest)) = rest.split_at_checked(length(32)) else { return Ok(None) };
    let note = Note {
        truncated: half(4) == 2,
        offset: whole(8),
        size_before: whole(16),
        old: old.to_vec(),
        new: new.to_vec(),
    };
    Ok(Some((note, rest)))
}

fn take_back(path: &Path, notes: &[Note], cut: Cut, dice: &mut Dice) -> std::io::Result<()> {
    let file = File::options().write(true).open(path)?;
    for note in notes.iter().rev() {
        file.write_all_at(&note.old, note.offset)?;
        file.set_len(note.size_before)?;
    }
    if cut == Cut::SomeTorn {
        for note in notes.iter().filter(|note| !note.truncated) {
            if dice.percent(50) {
                let torn = if dice.percent(20) { dice.below(note.new.len() + 1) } else { note.new.len() };
                let kept = if torn == note.new.len() { torn } else { torn / SECTOR * SECTOR };
                file.write_all_at(&note.new[..kept], note.offset)?;
            }
        }
    }
    file.sync_all()
}
