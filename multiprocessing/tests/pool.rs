//! x
use manyways_testkit::guarded;
use multiprocessing::Pool;

#[test]
fn map() {
    guarded(|| {
        let pool = Pool::new(2).unwrap();
        assert_eq!(
            pool.map(|n: u64| n * n, 0..1000).unwrap(),
            (0..1000).map(|n| n * n).collect::<Vec<u64>>()
        );
        let t = std::time::Instant::now();
        for _ in 0..1 {
            assert_eq!(
                pool.with()
                    .chunksize(1)
                    .map(|n| n + 1, 0..20000_u32)
                    .unwrap()
                    .len(),
                20000
            );
        }
        println!("{:?}", t.elapsed());
        assert_eq!(pool.apply(u32::pow, (2, 10)).unwrap(), 1024);
        let imap = pool
            .imap(|n: String| n.len(), ["a", "bb", "ccc"].map(str::to_owned))
            .unwrap();
        assert_eq!(imap.map(Result::unwrap).sum::<usize>(), 6);
        let error = pool
            .map(
                |n: i32| {
                    assert!(n != 3, "no {n}");
                    n
                },
                0..10,
            )
            .unwrap_err();
        println!("{error}");
        pool.close();
        pool.join().unwrap();
    });
}
