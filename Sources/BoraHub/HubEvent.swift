/// What happens on the way, for whoever waits.
package enum HubEvent: Sendable {
    /// So many files are to be downloaded, and so many bytes of them are not here yet.
    case started(files: Int, bytes: Int)
    /// So many of those bytes have come. Negative when some were of no use and come again.
    case received(bytes: Int)
    /// Another process downloads this file.
    case waiting(file: String)
    /// Something failed, for this reason, and is tried again after a while.
    case retrying(String, delay: Duration)
    /// The hub cannot be asked; the cache is used as it is.
    case usingCache(HubError)
}
