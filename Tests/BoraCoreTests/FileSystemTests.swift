import BoraCore
import Foundation
import Testing

@Suite struct FileSystemTests {
    private func withFolder(_ body: (String) throws -> Void) throws {
        let path = NSTemporaryDirectory() + "bora-files-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try FileSystem.createFolder(path + "/a/b")
        try body(path)
    }

    @Test func foldersAreCreatedWithTheirParents() throws {
        try withFolder { path in
            #expect(Folder(path + "/a/b").exists)
            try FileSystem.createFolder(path + "/a/b")
            try FileSystem.write("x", to: path + "/file")
            #expect(throws: SystemError.self) { try FileSystem.createFolder(path + "/file/c") }
        }
    }

    @Test func filesGrowAndShrinkAtTheirEnd() throws {
        try withFolder { path in
            let file = try OutputFile(at: path + "/f")
            try file.append(Array("hello ".utf8))
            try file.append(Array("world".utf8))
            try file.synchronize()
            #expect(try file.count == 11)
            #expect(try file.read(at: 6, count: 100) == Array("world".utf8))
            try file.truncate(to: 5)
            let again = try OutputFile(at: path + "/f")
            try again.append(Array("!".utf8))
            #expect(try String(contentsOfFile: path + "/f", encoding: .utf8) == "hello!")
            #expect(throws: SystemError.self) { try OutputFile(at: path + "/none/f") }
        }
    }

    @Test func aLockIsHeldOnce() throws {
        try withFolder { path in
            var lock = try FileLock.take(path + "/lock")
            #expect(lock != nil)
            #expect(try FileLock.take(path + "/lock") == nil)
            lock = nil
            #expect(try FileLock.take(path + "/lock") != nil)
            #expect(FileStatus(of: path + "/lock")?.kind == .file)
        }
    }

    @Test func linksAreReplacedAndToldFromWhatTheyLeadTo() throws {
        try withFolder { path in
            try FileSystem.write("first", to: path + "/1")
            try FileSystem.write("second!", to: path + "/2")
            try FileSystem.link(path + "/a/link", to: "../1")
            try FileSystem.link(path + "/a/link", to: "../2")
            #expect(FileSystem.destination(ofLink: path + "/a/link") == "../2")
            #expect(FileSystem.destination(ofLink: path + "/1") == nil)
            #expect(FileStatus(of: path + "/a/link")?.bytes == 7)
            #expect(FileStatus(of: path + "/a/link", followsLinks: false)?.kind == .link)
            #expect(FileStatus(of: path + "/none") == nil)
            #expect(try Folder(path).names() == ["1", "2", "a"])
        }
    }

    @Test func removingStopsAtLinks() throws {
        try withFolder { path in
            try FileSystem.write("kept", to: path + "/kept")
            try FileSystem.link(path + "/a/b/file", to: "../../kept")
            try FileSystem.createFolder(path + "/other/inner")
            try FileSystem.link(path + "/a/folder", to: "../other")
            try FileSystem.removeAll(path + "/a")
            #expect(try Folder(path).names() == ["kept", "other"])
            #expect(Folder(path + "/other/inner").exists)
            try FileSystem.remove(path + "/none")
            #expect(throws: SystemError.self) { try FileSystem.remove(path + "/other") }
        }
    }

    @Test func freeSpaceIsThatOfTheDisk() throws {
        try withFolder { path in
            let attributes = try FileManager.default.attributesOfFileSystem(forPath: path)
            let free = try #require(attributes[.systemFreeSize] as? NSNumber).doubleValue
            #expect(abs(Double(try FileSystem.freeBytes(at: path)) - free) < 0.1 * free + 1e9)
        }
        #expect(throws: SystemError.self) { try FileSystem.freeBytes(at: "/no/such/folder") }
    }
}
