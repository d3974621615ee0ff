import Bora
import Testing

/// What the files beside `tokenizer.json` say about special tokens.
@Suite struct ModelTokenizerTests {
    private static let tokenizer = #"""
        {"added_tokens": [
            {"id": 3, "content": "<s>", "special": true},
            {"id": 4, "content": "</s>", "special": true},
            {"id": 5, "content": "<|im_end|>", "special": true}],
         "model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "ab": 2}, "merges": ["a b"]}}
        """#

    @Test func specialTokens() throws {
        let files = [
            "tokenizer.json": Self.tokenizer,
            "tokenizer_config.json": #"{"bos_token": {"content": "<s>"}, "add_bos_token": true}"#,
            "special_tokens_map.json": #"{"eos_token": "</s>", "bos_token": "b"}"#,
            "generation_config.json": #"{"eos_token_id": [0, 4]}"#,
        ]
        let tokenizer = try ModelFile.inFolder(files, ModelTokenizer.init)
        #expect(tokenizer.vocabularySize == 6)
        #expect(try tokenizer.encode("ab</s>") == [3, 2, 4])
        #expect(try tokenizer.encode("ab", addSpecial: false) == [2])
        #expect(tokenizer.endTokens == [0, 4, 5])
    }

    @Test func oneEndToken() throws {
        let files = [
            "tokenizer.json": Self.tokenizer,
            "generation_config.json": #"{"eos_token_id": 1}"#,
        ]
        #expect(try ModelFile.inFolder(files, ModelTokenizer.init).endTokens == [1, 5])
    }

    @Test func aFolderWithoutOneSaysWhatToDo() throws {
        let error = #expect(throws: (any Error).self) {
            try ModelFile.inFolder([:], ModelTokenizer.init)
        }
        #expect(Failure(try #require(error)).identifier == "tokenizer.missing")
    }
}
