//! Lists in named blocks.

use manyways_process::{Child, Fork, Link};
use multiprocessing::shared_memory::{Item, ShareableList};

use crate::support::{Deaths, MANY, Victim, delay, in_all_ways};

/// Two texts, long enough to die in the midst of one.
fn texts() -> [String; 2] {
    ["a", "b"].map(|letter| letter.repeat(10_000))
}

/// A list of one text, of another process: that has the tracker, which would stay with this one.
struct Subject {
    list: ShareableList,
    owner: Child,
    link: Link,
}

impl Subject {
    fn new() -> Subject {
        let (owner, mut link) = Fork::new()
            .spawn(|link| {
                let list = ShareableList::new([texts()[0].as_str()]).unwrap();
                link.send(list.name()).unwrap();
                let _ = link.recv::<()>();
            })
            .unwrap();
        let name: String = link.recv().unwrap();
        Subject {
            list: ShareableList::open(&name).unwrap(),
            owner,
            link,
        }
    }

    fn write_for_ever(&self) {
        for text in texts().iter().cycle() {
            self.list.set(0, text.as_str()).unwrap();
        }
    }

    fn assert_whole(&self) {
        let item = self.list.get(0).unwrap();
        assert!(matches!(item, Item::Str(text) if texts().contains(&text)));
    }

    fn end(mut self) {
        self.list.shm().unlink().unwrap();
        drop(self.link);
        assert!(self.owner.wait().unwrap().success());
    }
}

/// In the midst of an item, or between two: the one before is there whole, and another can write.
pub(crate) fn writing() -> Deaths {
    in_all_ways(MANY, |way| {
        let subject = Subject::new();
        let mut victim = Victim::start(|ready| {
            ready();
            subject.write_for_ever();
        });
        delay();
        let died = victim.die(way, || subject.assert_whole());
        drop(victim);
        subject.assert_whole();
        subject.list.set(0, "after").unwrap();
        assert_eq!(subject.list.get(0).unwrap(), "after".into());
        let news = died.elapsed();
        subject.end();
        news
    })
}

/// It reads what another writes without end, and has asked that one to leave it an item: others read and write on.
pub(crate) fn reading() -> Deaths {
    in_all_ways(MANY, |way| {
        let subject = Subject::new();
        let writer = Victim::start(|ready| {
            ready();
            subject.write_for_ever();
        });
        let mut victim = Victim::start(|ready| {
            ready();
            loop {
                subject.assert_whole();
            }
        });
        delay();
        let died = victim.die(way, || subject.assert_whole());
        drop(victim);
        (0..10).for_each(|_| subject.assert_whole());
        let news = died.elapsed();
        drop(writer);
        subject.end();
        news
    })
}
