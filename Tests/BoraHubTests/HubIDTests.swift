import BoraHub
import Testing

@Suite struct HubIDTests {
    @Test(arguments: [
        ("owner/name", "owner/name", nil, nil),
        ("Qwen/Qwen3-0.6B-GGUF:Q4_K_M", "Qwen/Qwen3-0.6B-GGUF", "Q4_K_M", nil),
        ("a/b@v1.0", "a/b", nil, "v1.0"),
        ("a/b@refs/pr/1", "a/b", nil, "refs/pr/1"),
        ("a/b:Q8_0@main", "a/b", "Q8_0", "main"),
        ("a/b@main:Q8_0", "a/b", "Q8_0", "main"),
        ("a/b:folder/model.gguf", "a/b", "folder/model.gguf", nil),
    ])
    func namesAreRead(_ text: String, _ repository: String, _ choice: String?, _ revision: String?)
    {
        let id = HubID(text)
        #expect(id?.repository == repository)
        #expect(id?.choice == choice)
        #expect(id?.revision == revision)
    }

    /// Most by the rules of huggingface_hub's `validate_repo_id`.
    @Test(arguments: [
        "name", "datasets/owner/name", "owner/.name", "owner/na--me", "owner/name.git",
        "owner/na me", "owner/name-", "ow..ner/name", "o/" + String(repeating: "n", count: 95),
        "", "/", "owner/", "/name", "owner/name:", "owner/name@", "owner/name@a@b",
        "owner/name:a:b", "owner/name@../../x", "owner/name@a b", "owner/name@/a",
        "owner/name:../x", "./model.gguf", "~/models/x",
    ])
    func otherTextsAreNone(_ text: String) {
        #expect(HubID(text) == nil)
    }
}
